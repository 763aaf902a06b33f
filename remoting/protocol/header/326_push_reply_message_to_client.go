// PUSH_REPLY_MESSAGE_TO_CLIENT (326) is what a broker sends to a producer when the answer to its request message has come
// (324, 325); the body is the answer's.
//
// The client replies without a header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ReplyMessageRequestHeader is the header of PUSH_REPLY_MESSAGE_TO_CLIENT.
//
// Java: remoting.protocol.header.ReplyMessageRequestHeader (5.5.0).
type ReplyMessageRequestHeader struct {
	TopicRequestHeader
	ProducerGroup         string
	Topic                 string
	DefaultTopic          string
	DefaultTopicQueueNums int32
	QueueID               int32
	SysFlag               int32 // message.SysFlag bits
	BornTimestamp         int64 // milliseconds since the Unix epoch
	Flag                  int32
	Properties            string // as message.ParseProperties reads it
	ReconsumeTimes        int32
	UnitMode              bool
	BornHost              string // address of the consumer that answered
	StoreHost             string // address of the broker
	StoreTimestamp        int64  // milliseconds since the Unix epoch
}

// Fields implements protocol.CustomHeader.
func (h *ReplyMessageRequestHeader) Fields(c *protocol.FieldCodec) {
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
	c.String("bornHost", &h.BornHost, protocol.Required)
	c.String("storeHost", &h.StoreHost, protocol.Required)
	c.Int64("storeTimestamp", &h.StoreTimestamp, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
