// REGISTER_TOPIC_IN_NAMESRV (217) tells a name server of one topic. Brokers send it when enableSingleTopicRegister is set;
// the body is a route.TopicRouteData. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// RegisterTopicRequestHeader is the header of REGISTER_TOPIC_IN_NAMESRV.
//
// Java: remoting.protocol.header.namesrv.RegisterTopicRequestHeader (5.5.0).
type RegisterTopicRequestHeader struct {
	TopicRequestHeader
	Topic string
}

// Fields implements protocol.CustomHeader.
func (h *RegisterTopicRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
