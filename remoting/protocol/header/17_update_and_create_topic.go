// UPDATE_AND_CREATE_TOPIC (17) creates a topic on a broker or changes it. Tools and MQAdmin clients send it. The reply has
// no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// CreateTopicRequestHeader is the header of UPDATE_AND_CREATE_TOPIC.
//
// Java: remoting.protocol.header.CreateTopicRequestHeader (5.5.0).
type CreateTopicRequestHeader struct {
	TopicRequestHeader
	Topic           string
	DefaultTopic    string
	ReadQueueNums   int32
	WriteQueueNums  int32
	Perm            int32  // 4 read, 2 write, 1 inherit
	TopicFilterType string // SINGLE_TAG or MULTI_TAG
	TopicSysFlag    int32
	Order           bool
	Attributes      string // changes as "+key=value,-key", from 5.x on
	Force           bool
}

// Fields implements protocol.CustomHeader.
func (h *CreateTopicRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("defaultTopic", &h.DefaultTopic, protocol.Required)
	c.Int32("readQueueNums", &h.ReadQueueNums, protocol.Required)
	c.Int32("writeQueueNums", &h.WriteQueueNums, protocol.Required)
	c.Int32("perm", &h.Perm, protocol.Required)
	c.String("topicFilterType", &h.TopicFilterType, protocol.Required)
	c.Int32("topicSysFlag", &h.TopicSysFlag, protocol.Optional)
	c.Bool("order", &h.Order, protocol.Required)
	c.String("attributes", &h.Attributes, protocol.OmitZero)
	c.Bool("force", &h.Force, protocol.Optional)
	h.TopicRequestHeader.Fields(c)
}
