package message

import (
	"net/netip"
	"strconv"
)

// Message is what a producer sends.
type Message struct {
	Topic string
	Body  []byte
	// Flag is the application's own; RocketMQ carries it unread.
	Flag int32
	// Properties are the system's and the user's, in the order in which they were set.
	Properties Properties
}

// New is a message with a topic and a body; the body is not copied.
func New(topic string, body []byte) *Message { return &Message{Topic: topic, Body: body} }

// MessageQueue names one queue of a topic on one broker. It is comparable.
type MessageQueue struct {
	Topic      string
	BrokerName string
	QueueID    int32
}

// String is Java's rendering, for logs.
func (q MessageQueue) String() string {
	return "MessageQueue [topic=" + q.Topic + ", brokerName=" + q.BrokerName + ", queueId=" + strconv.Itoa(int(q.QueueID)) + "]"
}

// Compare orders queues by topic, broker name and id, as rebalancing must.
func (q MessageQueue) Compare(o MessageQueue) int {
	switch {
	case q.Topic != o.Topic:
		return compareStrings(q.Topic, o.Topic)
	case q.BrokerName != o.BrokerName:
		return compareStrings(q.BrokerName, o.BrokerName)
	}
	return int(q.QueueID) - int(o.QueueID)
}

func compareStrings(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// MessageExt is a message as a broker stored it.
type MessageExt struct {
	Message
	BrokerName string
	QueueID    int32
	// StoreSize is the record's length in bytes.
	StoreSize int32
	// QueueOffset is the position in its queue, counted in messages.
	QueueOffset int64
	// CommitLogOffset is the record's position in the commit log, in bytes.
	CommitLogOffset int64
	SysFlag         SysFlag
	// BornTimestamp and StoreTimestamp are milliseconds since the Unix epoch, by the producer's and the broker's clock.
	BornTimestamp  int64
	StoreTimestamp int64
	BornHost       netip.AddrPort
	StoreHost      netip.AddrPort
	// MsgID is the UNIQ_KEY given by the producer, or the offset message id where there is none.
	MsgID                     string
	BodyCRC                   int32
	ReconsumeTimes            int32
	PreparedTransactionOffset int64
}

// SysFlag are the system flag bits of a message.
type SysFlag int32

// The system flag bits. Java: common.sysflag.MessageSysFlag.
const (
	FlagCompressed          SysFlag = 0x1
	FlagMultiTags           SysFlag = 0x2
	FlagTransactionPrepared SysFlag = 0x4
	FlagTransactionCommit   SysFlag = 0x8
	FlagTransactionRollback SysFlag = 0xC // also the mask of the transaction bits
	FlagBornHostV6          SysFlag = 0x10
	FlagStoreHostV6         SysFlag = 0x20
	FlagNeedUnwrap          SysFlag = 0x40
	FlagInnerBatch          SysFlag = 0x80
	FlagCompressionTypeMask SysFlag = 0x700
	FlagCompressionTypeLZ4  SysFlag = 0x100
	FlagCompressionTypeZstd SysFlag = 0x200
	FlagCompressionTypeZlib SysFlag = 0x300
)
