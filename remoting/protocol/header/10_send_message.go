// SEND_MESSAGE (10) stores one message. Producers send it when told not to use the short names of 310, and clients other
// than Java's always do; one-way if nobody waits.
//
// The body is the message's. The reply carries SendMessageResponseHeader with code Success, FlushDiskTimeout,
// FlushSlaveTimeout or SlaveNotAvailable when the message was stored, and no header with any other code.

package header

import "github.com/plumemq/plume/remoting/protocol"

// SendMessageRequestHeader is the header of SEND_MESSAGE and SEND_REPLY_MESSAGE.
//
// Java: remoting.protocol.header.SendMessageRequestHeader (5.5.0).
type SendMessageRequestHeader struct {
	TopicRequestHeader
	ProducerGroup         string
	Topic                 string
	DefaultTopic          string // the topic after which an unknown one is created: TBW102
	DefaultTopicQueueNums int32  // how many queues an unknown topic gets at most
	QueueID               int32  // negative: any
	SysFlag               int32  // message.SysFlag bits
	BornTimestamp         int64  // milliseconds since the Unix epoch, by the producer's clock
	Flag                  int32  // the application's own
	Properties            string // as message.ParseProperties reads it
	ReconsumeTimes        int32  // how often the message was consumed in vain
	UnitMode              bool
	Batch                 bool               // the body holds several messages
	MaxReconsumeTimes     protocol.NullInt32 // the limit for a message on its way to a retry topic; absent: that of its group
}

// Fields implements protocol.CustomHeader.
func (h *SendMessageRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("producerGroup", &h.ProducerGroup, protocol.Required)
	c.String("topic", &h.Topic, protocol.Required)
	c.String("defaultTopic", &h.DefaultTopic, protocol.Required)
	c.Int32("defaultTopicQueueNums", &h.DefaultTopicQueueNums, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.Int32("sysFlag", &h.SysFlag, protocol.Required)
	c.Int64("bornTimestamp", &h.BornTimestamp, protocol.Required)
	c.Int32("flag", &h.Flag, protocol.Required)
	c.String("properties", &h.Properties, protocol.OmitZero)
	c.Int32("reconsumeTimes", &h.ReconsumeTimes, protocol.Optional)
	c.Bool("unitMode", &h.UnitMode, protocol.Optional)
	c.Bool("batch", &h.Batch, protocol.Optional)
	c.NullInt32("maxReconsumeTimes", &h.MaxReconsumeTimes)
	h.TopicRequestHeader.Fields(c)
}

// SendMessageResponseHeader is the header of the replies to 10, 310, 320, 324 and 325.
//
// Java: remoting.protocol.header.SendMessageResponseHeader (5.5.0).
type SendMessageResponseHeader struct {
	MsgID         string // the offset message id; for a batch all of them, with commas between
	QueueID       int32
	QueueOffset   int64  // of the message, or of the first one of a batch
	TransactionID string // the message's UNIQ_KEY
	BatchUniqID   string
	RecallHandle  string // with which a timer message can be called back
}

// Fields implements protocol.CustomHeader.
func (h *SendMessageResponseHeader) Fields(c *protocol.FieldCodec) {
	c.String("msgId", &h.MsgID, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.Int64("queueOffset", &h.QueueOffset, protocol.Required)
	c.String("transactionId", &h.TransactionID, protocol.OmitZero)
	c.String("batchUniqId", &h.BatchUniqID, protocol.OmitZero)
	c.String("recallHandle", &h.RecallHandle, protocol.OmitZero)
}
