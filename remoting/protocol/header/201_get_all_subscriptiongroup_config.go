// GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201) asks for a broker's consumer groups. Slaves and tools send it: those of 5.x page
// by page, older ones without a header for everything.
//
// The reply's body is a body.SubscriptionGroupWrapper.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetAllSubscriptionGroupRequestHeader is the header of GET_ALL_SUBSCRIPTIONGROUP_CONFIG.
//
// Java: remoting.protocol.header.GetAllSubscriptionGroupRequestHeader (5.5.0).
type GetAllSubscriptionGroupRequestHeader struct {
	GroupSeq    int32  // where the page begins
	DataVersion string // the version that the pages before had, as JSON
	MaxGroupNum int32  // how long a page may be
}

// Fields implements protocol.CustomHeader.
func (h *GetAllSubscriptionGroupRequestHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("groupSeq", &h.GroupSeq, protocol.Optional)
	c.String("dataVersion", &h.DataVersion, protocol.OmitZero)
	c.Int32("maxGroupNum", &h.MaxGroupNum, protocol.OmitZero)
}

// GetAllSubscriptionGroupResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetAllSubscriptionGroupResponseHeader (5.5.0).
type GetAllSubscriptionGroupResponseHeader struct {
	TotalGroupNum int32
}

// Fields implements protocol.CustomHeader.
func (h *GetAllSubscriptionGroupResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("totalGroupNum", &h.TotalGroupNum, protocol.Required)
}
