// SEND_MESSAGE_V2 (310) stores one message: SEND_MESSAGE with names of one letter. Java's producers send it, and consumers
// that send a message back by themselves.
//
// The reply is that of SEND_MESSAGE.

package header

import "github.com/plumemq/plume/remoting/protocol"

// SendMessageRequestHeaderV2 is the header of SEND_MESSAGE_V2, SEND_BATCH_MESSAGE and SEND_REPLY_MESSAGE_V2.
//
// Java: remoting.protocol.header.SendMessageRequestHeaderV2 (5.5.0).
type SendMessageRequestHeaderV2 struct {
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
	MaxReconsumeTimes     protocol.NullInt32 // the limit for a message on its way to a retry topic; absent: that of its group
	Batch                 bool               // the body holds several messages
	BrokerName            string             // the broker meant, absent before 5.x
}

// Fields implements protocol.CustomHeader.
func (h *SendMessageRequestHeaderV2) Fields(c *protocol.FieldCodec) {
	c.String("a", &h.ProducerGroup, protocol.Required)
	c.String("b", &h.Topic, protocol.Required)
	c.String("c", &h.DefaultTopic, protocol.Required)
	c.Int32("d", &h.DefaultTopicQueueNums, protocol.Required)
	c.Int32("e", &h.QueueID, protocol.Required)
	c.Int32("f", &h.SysFlag, protocol.Required)
	c.Int64("g", &h.BornTimestamp, protocol.Required)
	c.Int32("h", &h.Flag, protocol.Required)
	c.String("i", &h.Properties, protocol.OmitZero)
	c.Int32("j", &h.ReconsumeTimes, protocol.Optional)
	c.Bool("k", &h.UnitMode, protocol.Optional)
	c.NullInt32("l", &h.MaxReconsumeTimes)
	c.Bool("m", &h.Batch, protocol.Optional)
	c.String("n", &h.BrokerName, protocol.OmitZero)
}
