package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/message"
)

// LookMessageByOffset is the message at a physical offset. Java: store.DefaultMessageStore#lookMessageByOffset (5.5.0).
func (s *DefaultMessageStore) LookMessageByOffset(offset int64) (*message.MessageExt, error) {
	record, err := s.SelectOneMessageByOffset(offset, 0)
	if err != nil {
		return nil, err
	}
	msg, _, err := message.DecodeRecord(record)
	return msg, err
}

// SelectOneMessageByOffset is the record at a physical offset, whose size may be given, or 0. The bytes are the caller's.
// Without an intact record there it is ErrNotFound; a failed read is not.
//
// Java: store.DefaultMessageStore#selectOneMessageByOffset (5.5.0).
func (s *DefaultMessageStore) SelectOneMessageByOffset(offset int64, size int32) ([]byte, error) {
	if s.shutdown.Load() {
		return nil, ErrClosed
	}
	record, err := s.commitLog.AppendRecordAt(nil, offset, size)
	if err != nil && gone(err) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return record, err
}

// gone says whether an error means that there is no intact record, rather than that it could not be read.
func gone(err error) bool { return damaged(err) || errors.Is(err, mappedfile.ErrOutOfRange) }

// QueryMessage finds messages of a topic by unique key or key, stored between begin and end (ms, inclusive), oldest first and
// at most maxNum.
//
// Java: store.DefaultMessageStore#queryMessage (5.5.0).
func (s *DefaultMessageStore) QueryMessage(ctx context.Context, topic, key string, maxNum int, begin, end int64) (*QueryMessageResult, error) {
	if s.shutdown.Load() {
		return nil, ErrClosed
	}
	found, err := s.index.Query(topic, key, min(max(maxNum, 1), max(s.cfg.MaxMsgsNumBatch, 1)), begin, end)
	if err != nil {
		return nil, err
	}
	res := &QueryMessageResult{}
	if len(found.PhyOffsets) == 0 {
		return res, nil // of which Apache's index tells no times either
	}
	res.IndexLastUpdateTimestamp, res.IndexLastUpdatePhyOffset = found.LastTimestamp, found.LastPhyOffset
	slices.Sort(found.PhyOffsets)
	for _, offset := range slices.Compact(found.PhyOffsets) {
		before := len(res.Buffer)
		buf, err := s.commitLog.AppendRecordAt(res.Buffer, offset, 0)
		if err != nil && gone(err) {
			continue // expired, or an index that a crash left behind
		} else if err != nil {
			return nil, err
		}
		if !hasKey(buf[before:], topic, key) {
			continue
		}
		res.Buffer = buf
		res.Sizes = append(res.Sizes, int32(len(buf)-before))
	}
	return res, nil
}

// hasKey tells a message with the key from one whose key only has the same hash.
func hasKey(record []byte, topic, key string) bool {
	r, err := message.ParseRecord(record)
	if err != nil || r.Topic != topic {
		return false
	}
	if message.RecordProperty(r.Properties, message.PropertyUniqClientMessageIDKeyIdx) == key {
		return true
	}
	return slices.Contains(strings.Split(message.RecordProperty(r.Properties, message.PropertyKeys), message.KeySeparator), key)
}
