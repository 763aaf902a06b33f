// QUERY_TOPICS_BY_CONSUMER (343) asks for the topics in which a group has offsets. Tools send it. The reply's body is a
// body.TopicList.

package header

import "github.com/plumemq/plume/remoting/protocol"

// QueryTopicsByConsumerRequestHeader is the header of QUERY_TOPICS_BY_CONSUMER.
//
// Java: remoting.protocol.header.QueryTopicsByConsumerRequestHeader (5.5.0).
type QueryTopicsByConsumerRequestHeader struct {
	RPCRequestHeader
	Group string
}

// Fields implements protocol.CustomHeader.
func (h *QueryTopicsByConsumerRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("group", &h.Group, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
