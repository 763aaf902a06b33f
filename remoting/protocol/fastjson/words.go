package fastjson

import (
	"encoding/binary"
	"math/bits"
)

// The scans below look at eight bytes at once: equal marks, in a word that was read little endian, the highest bit of the first byte that
// is c, and perhaps of bytes after it. What comes first is exact, and that is all they are asked for.
const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

func equal(word uint64, c byte) uint64 {
	word ^= eachByte * uint64(c)
	return (word - eachByte) &^ word & highBits
}

// until is the index of the next quote or backslash in b, or -1.
func until(b []byte, quote byte) int {
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		word := binary.LittleEndian.Uint64(b[i:])
		if marks := equal(word, quote) | equal(word, '\\'); marks != 0 {
			return i + bits.TrailingZeros64(marks)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == quote || b[i] == '\\' {
			return i
		}
	}
	return -1
}
