package body

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// The bounds of what a deflated registration may grow to: maxInflated, in bytes, is some hundred thousand topics; maxRatio is many
// times what their names and numbers deflate by.
const (
	maxInflated = 64 << 20
	maxRatio    = 200
)

// EncodeCompressed is the body in its deflated form, a zlib stream of parts that are each preceded by their length as a
// big-endian int32:
//
//	+-----------------+----------+---------------------------+---------------------+----------+-----------------+
//	| len DataVersion | int32 n  | n times: len TopicConfig  | len filter servers  | int32 m  | m times: len    |
//	|     as JSON     |          |     as AppendText writes  |     as JSON         |          | TopicQueue-     |
//	|                 |          |                           |                     |          | MappingInfo JSON|
//	+-----------------+----------+---------------------------+---------------------+----------+-----------------+
//
// 4.x ends before m.
//
// Java: remoting.protocol.body.RegisterBrokerBody#encode (5.5.0).
func (b *RegisterBrokerBody) EncodeCompressed() ([]byte, error) {
	topics := &b.TopicConfigSerializeWrapper
	plain := appendPart(nil, topics.DataVersion.Encode())
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(topics.TopicConfigTable)))
	for _, name := range fastjson.SortedKeys(topics.TopicConfigTable) {
		topic := topics.TopicConfigTable[name]
		plain = appendPart(plain, topic.AppendText(nil))
	}
	var w fastjson.Writer
	w.Strings(b.FilterServerList)
	plain = appendPart(plain, w.Bytes())
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(topics.TopicQueueMappingInfoMap)))
	for _, name := range fastjson.SortedKeys(topics.TopicQueueMappingInfoMap) {
		info := topics.TopicQueueMappingInfoMap[name]
		plain = appendPart(plain, fastjson.Marshal(&info))
	}
	return deflate(plain)
}

func appendPart(dst, part []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(part)))
	return append(dst, part...)
}

func deflate(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	if _, err := z.Write(plain); err != nil {
		return nil, fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	return out.Bytes(), nil
}

// DecodeCompressed reads a body in its deflated form, of 4.x or 5.x. It keeps nothing of data.
//
// Java: remoting.protocol.body.RegisterBrokerBody#decode (5.5.0).
func (b *RegisterBrokerBody) DecodeCompressed(data []byte) error {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	limit := min(maxInflated, 1<<20+maxRatio*len(data))
	plain, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	if err != nil {
		return fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	if len(plain) > limit {
		return fmt.Errorf("RegisterBrokerBody: %w: more than %d bytes", ErrMalformed, limit)
	}
	if err := b.readParts(plain); err != nil {
		return fmt.Errorf("RegisterBrokerBody: %w", err)
	}
	return nil
}

func (b *RegisterBrokerBody) readParts(plain []byte) error {
	topics := &b.TopicConfigSerializeWrapper
	in := parts{rest: plain}
	if err := topics.DataVersion.Decode(in.next()); err != nil {
		return errors.Join(in.err, err)
	}
	topics.TopicConfigTable = make(map[string]TopicConfig)
	for n := in.count(); n > 0 && in.err == nil; n-- {
		var topic TopicConfig
		if err := topic.ParseText(string(in.next())); err != nil {
			return errors.Join(in.err, err)
		}
		topics.TopicConfigTable[topic.TopicName] = topic
	}
	r := fastjson.NewReader(in.next())
	b.FilterServerList = r.Strings() // one that cannot be read is dropped, as Java does
	if in.err == nil && len(in.rest) > 0 {
		b.readMappings(&in)
	}
	return in.err
}

func (b *RegisterBrokerBody) readMappings(in *parts) {
	table := make(map[string]TopicQueueMappingInfo)
	for n := in.count(); n > 0 && in.err == nil; n-- {
		var info TopicQueueMappingInfo
		if err := fastjson.Unmarshal(in.next(), &info); err != nil && in.err == nil {
			in.err = err
		}
		table[info.Topic] = info
	}
	b.TopicConfigSerializeWrapper.TopicQueueMappingInfoMap = table
}

// parts takes a sequence of parts with lengths apart. Once it has failed, everything is empty.
type parts struct {
	rest []byte
	err  error
}

// count reads a number of parts to come, each of which takes four bytes at least.
func (p *parts) count() int {
	if len(p.rest) < 4 {
		p.fail()
		return 0
	}
	n := int32(binary.BigEndian.Uint32(p.rest))
	p.rest = p.rest[4:]
	if n < 0 || int(n) > len(p.rest)/4 {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *parts) next() []byte {
	if len(p.rest) < 4 {
		p.fail()
		return nil
	}
	n := int32(binary.BigEndian.Uint32(p.rest))
	if n < 0 || int(n) > len(p.rest)-4 {
		p.fail()
		return nil
	}
	part := p.rest[4 : 4+n]
	p.rest = p.rest[4+n:]
	return part
}

func (p *parts) fail() {
	p.rest = nil
	if p.err == nil {
		p.err = fmt.Errorf("%w: cut off", ErrMalformed)
	}
}
