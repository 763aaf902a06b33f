package producer

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// SendStatus says how safe a stored message is.
//
// Java: client.producer.SendStatus (5.5.0).
type SendStatus int

// The statuses. All but SendOK mean that the broker has the message but could not do in time what it is configured to do for its
// safety.
const (
	SendOK            SendStatus = iota
	FlushDiskTimeout             // stored, not yet flushed to disk
	FlushSlaveTimeout            // stored, not yet acknowledged by a slave
	SlaveNotAvailable            // stored, no slave there
)

// String is Apache's name: "SEND_OK".
func (s SendStatus) String() string {
	switch s {
	case SendOK:
		return "SEND_OK"
	case FlushDiskTimeout:
		return "FLUSH_DISK_TIMEOUT"
	case FlushSlaveTimeout:
		return "FLUSH_SLAVE_TIMEOUT"
	case SlaveNotAvailable:
		return "SLAVE_NOT_AVAILABLE"
	default:
		return "UNKNOWN"
	}
}

// SendResult is where a message went.
//
// Java: client.producer.SendResult (5.5.0).
type SendResult struct {
	Status SendStatus
	// MsgID is the id that the producer gave the message (UNIQ_KEY), the same however often it was stored; for a batch one for each
	// message, with commas between.
	MsgID string
	// OffsetMsgID is the id that names the record's place: broker address and commit log offset.
	OffsetMsgID  string
	MessageQueue message.MessageQueue
	// QueueOffset is the position in the queue, of the first message of a batch.
	QueueOffset   int64
	TransactionID string
	// RegionID is the broker's region, TraceOn whether the broker wants message traces.
	RegionID string
	TraceOn  bool
	// RecallHandle calls a timer message back, where brokers support it.
	RecallHandle string
}

// newSendResult puts together what the producer knows and what the broker answered.
func (p *Producer) newSendResult(out *outgoing) *SendResult {
	mq, r := out.try.mq, &out.answer
	mq.Topic, mq.QueueID = p.cfg.WithoutNamespace(mq.Topic), r.QueueID
	id := out.id
	if out.batch && r.BatchUniqID != "" {
		id = r.BatchUniqID
	}
	return &SendResult{
		Status: statusOf(r.Code), MsgID: id, OffsetMsgID: r.MsgID, MessageQueue: mq, QueueOffset: r.QueueOffset,
		TransactionID: r.TransactionID, RegionID: r.RegionID, TraceOn: r.TraceOn, RecallHandle: r.RecallHandle,
	}
}

func statusOf(code protocol.ResponseCode) SendStatus {
	switch code {
	case protocol.FlushDiskTimeout:
		return FlushDiskTimeout
	case protocol.FlushSlaveTimeout:
		return FlushSlaveTimeout
	case protocol.SlaveNotAvailable:
		return SlaveNotAvailable
	default:
		return SendOK
	}
}
