package message

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net/netip"
	"unsafe"
)

// The magic codes of the commit log. Version 2 differs in the width of the topic's length. Java: common.message.MessageDecoder,
// common.message.MessageVersion, store.CommitLog (5.5.0).
const (
	RecordMagicV1    uint32 = 0xDAA320A7
	RecordMagicV2    uint32 = 0xDAA320AB
	RecordMagicBlank uint32 = 0xCBD43194
)

const (
	// MinRecordSize is the size of a record with IPv4 hosts and neither body, topic nor properties.
	MinRecordSize = 91
	// MaxPropertiesSize bounds a record's properties, in bytes.
	MaxPropertiesSize = math.MaxInt16

	recordQueueOffset    = 20
	recordPhysicalOffset = 28
	recordSysFlag        = 36
	recordBornHost       = 48
	maxTopicV1           = math.MaxInt8
)

// Why a record could not be read. All are wrapped with the facts.
var (
	ErrRecordShort = errors.New("record is cut short")
	ErrRecordMagic = errors.New("record has an illegal magic code")
	ErrRecordSize  = errors.New("record's length contradicts its parts")
	ErrRecordCRC   = errors.New("record's body checksum is wrong")
	ErrRecordTopic = errors.New("record's topic is too long")
	// ErrRecordBlank is no damage: the rest of this commit log file is padding.
	ErrRecordBlank = errors.New("end of file")
)

// Record is one message as it lies in a commit log and travels to consumers. All integers are big endian.
//
//	 0 TOTALSIZE 4 | MAGICCODE 4 | BODYCRC 4 | QUEUEID 4 | FLAG 4
//	20 QUEUEOFFSET 8 | PHYSICALOFFSET 8 | SYSFLAG 4 | BORNTIMESTAMP 8
//	48 BORNHOST: address 4 (16 if SYSFLAG has 0x10), port 4
//	   STORETIMESTAMP 8
//	   STOREHOST: address 4 (16 if SYSFLAG has 0x20), port 4
//	   RECONSUMETIMES 4 | PREPAREDTRANSACTIONOFFSET 8
//	   BODY length 4, bytes
//	   TOPIC length 1 (2 in version 2), bytes
//	   PROPERTIES length 2, bytes
//
// Disk: docs/disk/commitlog.md#record.
type Record struct {
	// Size is the whole record's length; [AppendRecord] ignores it.
	Size int32
	// V2 says that the topic's length has two bytes; [AppendRecord] decides by the topic.
	V2                        bool
	BodyCRC                   uint32
	QueueID                   int32
	Flag                      int32
	QueueOffset               int64
	PhysicalOffset            int64
	SysFlag                   SysFlag
	BornTimestamp             int64 // ms
	BornHost                  netip.AddrPort
	StoreTimestamp            int64 // ms
	StoreHost                 netip.AddrPort
	ReconsumeTimes            int32
	PreparedTransactionOffset int64
	Body                      []byte
	Topic                     string
	// Properties is their wire form.
	Properties string
}

// BodyCRC is the checksum of a body that records carry: CRC-32 (IEEE) without its highest bit.
//
// Java: common.UtilAll#crc32 (5.5.0).
func BodyCRC(body []byte) uint32 { return crc32.ChecksumIEEE(body) & math.MaxInt32 }

// EncodedSize is the length that AppendRecord gives r, in bytes.
//
// Java: store.MessageExtEncoder#calMsgLength (5.5.0).
func (r *Record) EncodedSize() int {
	size := MinRecordSize + len(r.Body) + len(r.Topic) + len(r.Properties)
	if len(r.Topic) > maxTopicV1 {
		size++
	}
	if isV6(r.BornHost) {
		size += 12
	}
	if isV6(r.StoreHost) {
		size += 12
	}
	return size
}

// AppendRecord appends r to dst. The host bits of SysFlag and the version follow from the hosts and the topic; BodyCRC is
// computed when 0. Topic and Properties must fit: at most 65535 and [MaxPropertiesSize] bytes; the caller has checked.
//
// Java: store.MessageExtEncoder#encode (5.5.0).
func AppendRecord(dst []byte, r *Record) []byte {
	crc := r.BodyCRC
	if crc == 0 && len(r.Body) > 0 {
		crc = BodyCRC(r.Body)
	}
	magic, sysFlag := RecordMagicV1, hostFlags(r)
	if len(r.Topic) > maxTopicV1 {
		magic = RecordMagicV2
	}
	be := binary.BigEndian
	dst = be.AppendUint32(dst, uint32(r.EncodedSize()))
	dst = be.AppendUint32(dst, magic)
	dst = be.AppendUint32(dst, crc)
	dst = be.AppendUint32(dst, uint32(r.QueueID))
	dst = be.AppendUint32(dst, uint32(r.Flag))
	dst = be.AppendUint64(dst, uint64(r.QueueOffset))
	dst = be.AppendUint64(dst, uint64(r.PhysicalOffset))
	dst = be.AppendUint32(dst, uint32(sysFlag))
	dst = be.AppendUint64(dst, uint64(r.BornTimestamp))
	dst = appendHost(dst, r.BornHost)
	dst = be.AppendUint64(dst, uint64(r.StoreTimestamp))
	dst = appendHost(dst, r.StoreHost)
	dst = be.AppendUint32(dst, uint32(r.ReconsumeTimes))
	dst = be.AppendUint64(dst, uint64(r.PreparedTransactionOffset))
	dst = be.AppendUint32(dst, uint32(len(r.Body)))
	dst = append(dst, r.Body...)
	if magic == RecordMagicV2 {
		dst = be.AppendUint16(dst, uint16(len(r.Topic)))
	} else {
		dst = append(dst, byte(len(r.Topic)))
	}
	dst = append(dst, r.Topic...)
	dst = be.AppendUint16(dst, uint16(len(r.Properties)))
	return append(dst, r.Properties...)
}

// PlaceRecord writes into an encoded record what is known only once it has a place.
func PlaceRecord(encoded []byte, queueOffset, physicalOffset, storeTimestamp int64) {
	be := binary.BigEndian
	be.PutUint64(encoded[recordQueueOffset:], uint64(queueOffset))
	be.PutUint64(encoded[recordPhysicalOffset:], uint64(physicalOffset))
	at := recordBornHost + hostSize(SysFlag(be.Uint32(encoded[recordSysFlag:])), FlagBornHostV6)
	be.PutUint64(encoded[at:], uint64(storeTimestamp))
}

// ParseRecord reads the record at the start of buf, which may be longer. Body, Topic and Properties alias buf and are valid as
// long as nobody writes to it. The checksum is not checked: see [Record.CheckCRC]. It never reads past buf; on damage it
// returns one of the ErrRecord errors, and ErrRecordBlank for the padding at the end of a file.
//
// Java: store.CommitLog#checkMessageAndReturnSize (5.5.0).
func ParseRecord(buf []byte) (Record, error) {
	if len(buf) < 8 {
		return Record{}, fmt.Errorf("%w: %d bytes", ErrRecordShort, len(buf))
	}
	be := binary.BigEndian
	r := Record{Size: int32(be.Uint32(buf))}
	switch magic := be.Uint32(buf[4:]); magic {
	case RecordMagicV1:
	case RecordMagicV2:
		r.V2 = true
	case RecordMagicBlank:
		return r, ErrRecordBlank
	default:
		return r, fmt.Errorf("%w 0x%08x", ErrRecordMagic, magic)
	}
	if r.Size < MinRecordSize {
		return r, fmt.Errorf("%w: total %d", ErrRecordSize, r.Size)
	}
	if int(r.Size) > len(buf) {
		return r, fmt.Errorf("%w: total %d, present %d", ErrRecordShort, r.Size, len(buf))
	}
	c := cursor{rest: buf[8:r.Size]}
	r.parse(&c)
	if c.bad || len(c.rest) != 0 {
		return r, fmt.Errorf("%w: total %d", ErrRecordSize, r.Size)
	}
	return r, nil
}

// parse reads everything behind the magic code.
func (r *Record) parse(c *cursor) {
	r.BodyCRC = c.uint32()
	r.QueueID = int32(c.uint32())
	r.Flag = int32(c.uint32())
	r.QueueOffset = int64(c.uint64())
	r.PhysicalOffset = int64(c.uint64())
	r.SysFlag = SysFlag(c.uint32())
	r.BornTimestamp = int64(c.uint64())
	r.BornHost = parseHost(c.take(hostSize(r.SysFlag, FlagBornHostV6)))
	r.StoreTimestamp = int64(c.uint64())
	r.StoreHost = parseHost(c.take(hostSize(r.SysFlag, FlagStoreHostV6)))
	r.ReconsumeTimes = int32(c.uint32())
	r.PreparedTransactionOffset = int64(c.uint64())
	r.Body = c.take(int(int32(c.uint32())))
	if r.V2 {
		r.Topic = text(c.take(int(int16(c.uint16()))))
	} else {
		r.Topic = text(c.take(int(int8(c.uint8()))))
	}
	r.Properties = text(c.take(int(int16(c.uint16()))))
}

// CheckCRC reports whether the body is the one that was stored.
func (r *Record) CheckCRC() error {
	if len(r.Body) == 0 {
		return nil
	}
	if crc := BodyCRC(r.Body); crc != r.BodyCRC {
		return fmt.Errorf("%w: stored %08x, computed %08x", ErrRecordCRC, r.BodyCRC, crc)
	}
	return nil
}

// cursor takes fixed pieces off a slice; past its end it turns bad and gives zeros.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.rest) {
		c.bad = true
		c.rest = nil
		return nil
	}
	piece := c.rest[:n:n]
	c.rest = c.rest[n:]
	return piece
}

func (c *cursor) uint8() uint8 {
	if p := c.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if p := c.take(2); p != nil {
		return binary.BigEndian.Uint16(p)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if p := c.take(4); p != nil {
		return binary.BigEndian.Uint32(p)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if p := c.take(8); p != nil {
		return binary.BigEndian.Uint64(p)
	}
	return 0
}

// text is b as a string without a copy.
func text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}
