// GET_CONSUMER_LIST_BY_GROUP (38) asks for the clients of a consumer group. Consumers send it before they share out the
// queues.
//
// The reply's body is a body.GetConsumerListByGroupResponseBody; SystemError if the group has no client.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetConsumerListByGroupRequestHeader is the header of GET_CONSUMER_LIST_BY_GROUP.
//
// Java: remoting.protocol.header.GetConsumerListByGroupRequestHeader (5.5.0).
type GetConsumerListByGroupRequestHeader struct {
	RPCRequestHeader
	ConsumerGroup string
}

// Fields implements protocol.CustomHeader.
func (h *GetConsumerListByGroupRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
