package message

import "fmt"

// DecodeOption changes how records become messages.
type DecodeOption uint8

// The options; they may be given together.
const (
	// CheckCRC makes a body whose checksum is wrong an error.
	CheckCRC DecodeOption = 1 << iota
)

// DecodeRecord reads the record at the start of buf and says how long it was. The message's body and strings alias buf, which
// nobody may write to afterwards. Errors are those of [ParseRecord], [Record.CheckCRC].
//
// Java: common.message.MessageDecoder#decode (5.5.0).
func DecodeRecord(buf []byte, opts ...DecodeOption) (msg *MessageExt, n int, err error) {
	r, err := ParseRecord(buf)
	if err != nil {
		return nil, 0, err
	}
	var want DecodeOption
	for _, o := range opts {
		want |= o
	}
	if want&CheckCRC != 0 {
		if err := r.CheckCRC(); err != nil {
			return nil, 0, err
		}
	}
	msg = r.message()
	return msg, int(r.Size), nil
}

// DecodeRecords reads the records of a pull response, one behind the other. On damage it returns the messages before it and
// the error.
//
// Java: common.message.MessageDecoder#decodes (5.5.0).
func DecodeRecords(body []byte, opts ...DecodeOption) ([]*MessageExt, error) {
	msgs := make([]*MessageExt, 0, 1+len(body)/1024)
	for at := 0; at < len(body); {
		msg, n, err := DecodeRecord(body[at:], opts...)
		if err != nil {
			return msgs, fmt.Errorf("record %d at byte %d: %w", len(msgs), at, err)
		}
		msgs = append(msgs, msg)
		at += n
	}
	return msgs, nil
}

// message is r for an application; its id is the producer's, or else the offset id.
func (r *Record) message() *MessageExt {
	m := &MessageExt{
		Message:   Message{Topic: r.Topic, Body: r.Body, Flag: r.Flag, Properties: ParseProperties(r.Properties)},
		QueueID:   r.QueueID,
		StoreSize: r.Size, QueueOffset: r.QueueOffset, CommitLogOffset: r.PhysicalOffset,
		SysFlag:       r.SysFlag,
		BornTimestamp: r.BornTimestamp, StoreTimestamp: r.StoreTimestamp,
		BornHost: r.BornHost, StoreHost: r.StoreHost,
		BodyCRC:                   int32(r.BodyCRC),
		ReconsumeTimes:            r.ReconsumeTimes,
		PreparedTransactionOffset: r.PreparedTransactionOffset,
	}
	if m.MsgID = m.Properties.Get(PropertyUniqClientMessageIDKeyIdx); m.MsgID == "" {
		m.MsgID = OffsetMsgID(r.StoreHost, r.PhysicalOffset)
	}
	return m
}
