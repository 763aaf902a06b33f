package message

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
)

const upperHex = "0123456789ABCDEF"

// OffsetMsgID is the id that a broker gives a message: where it lies. addr is the broker's, off the record's in its commit log.
//
//	0         8 / 32     16 / 40              32 / 56   (characters)
//	+---------+----------+--------------------+
//	| IPv4/v6 | port     | commit log offset  |   upper-case hexadecimal, big endian
//	+---------+----------+--------------------+
//
// Java: common.message.MessageDecoder#createMessageId (5.5.0).
func OffsetMsgID(addr netip.AddrPort, off int64) string {
	var raw [28]byte
	b := append(raw[:0], addr.Addr().Unmap().AsSlice()...)
	b = binary.BigEndian.AppendUint32(b, uint32(addr.Port()))
	b = binary.BigEndian.AppendUint64(b, uint64(off))
	var text [56]byte
	return string(appendUpperHex(text[:0], b))
}

// ParseOffsetMsgID is the opposite of OffsetMsgID. Anything else is ErrMalformedID.
//
// Java: common.message.MessageDecoder#decodeMessageId (5.5.0).
func ParseOffsetMsgID(id string) (addr netip.AddrPort, off int64, err error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 && len(raw) != 28 {
		return netip.AddrPort{}, 0, fmt.Errorf("%w: %q is no offset message id", ErrMalformedID, id)
	}
	ip, _ := netip.AddrFromSlice(raw[:len(raw)-12])
	port := binary.BigEndian.Uint32(raw[len(raw)-12:])
	if port > 65535 {
		return netip.AddrPort{}, 0, fmt.Errorf("%w: %q has port %d", ErrMalformedID, id, port)
	}
	return netip.AddrPortFrom(ip, uint16(port)), int64(binary.BigEndian.Uint64(raw[len(raw)-8:])), nil
}

func appendUpperHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, upperHex[c>>4], upperHex[c&15])
	}
	return dst
}
