// DELETE_SUBSCRIPTIONGROUP (207) deletes a consumer group on a broker. Tools send it. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// DeleteSubscriptionGroupRequestHeader is the header of DELETE_SUBSCRIPTIONGROUP.
//
// Java: remoting.protocol.header.DeleteSubscriptionGroupRequestHeader (5.5.0).
type DeleteSubscriptionGroupRequestHeader struct {
	RPCRequestHeader
	GroupName   string
	CleanOffset bool // the group's offsets too
}

// Fields implements protocol.CustomHeader.
func (h *DeleteSubscriptionGroupRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("groupName", &h.GroupName, protocol.Required)
	c.Bool("cleanOffset", &h.CleanOffset, protocol.Optional)
	h.RPCRequestHeader.Fields(c)
}
