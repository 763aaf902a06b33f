package message

import (
	"unicode/utf16"
	"unicode/utf8"
)

// TagsCode is what a consume queue keeps of a message's tag, and consumers' filters compare: 0 without one.
//
// Java: common.message.MessageExtBrokerInner#tagsString2tagsCode (5.5.0).
func TagsCode(tags string) int64 { return int64(HashCode(tags)) }

// HashCode is Java's String.hashCode: over UTF-16, so characters beyond the basic plane count twice.
func HashCode(s string) int32 {
	var h int32
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return hashUTF16(s)
		}
		h = 31*h + int32(s[i])
	}
	return h
}

func hashUTF16(s string) int32 {
	var h int32
	for _, r := range s {
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			h = 31*h + high
			h = 31*h + low
			continue
		}
		h = 31*h + r
	}
	return h
}
