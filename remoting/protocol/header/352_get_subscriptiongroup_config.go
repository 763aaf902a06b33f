// GET_SUBSCRIPTIONGROUP_CONFIG (352) asks a broker for one consumer group. Tools send it. The reply's body is a
// body.SubscriptionGroupConfig.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetSubscriptionGroupConfigRequestHeader is the header of GET_SUBSCRIPTIONGROUP_CONFIG.
//
// Java: remoting.protocol.header.GetSubscriptionGroupConfigRequestHeader (5.5.0).
type GetSubscriptionGroupConfigRequestHeader struct {
	RPCRequestHeader
	Group string
}

// Fields implements protocol.CustomHeader.
func (h *GetSubscriptionGroupConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("group", &h.Group, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
