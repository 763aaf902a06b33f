// GET_BROKER_MEMBER_GROUP (901) asks a name server for the brokers of one name. Brokers send it when acting masters are
// enabled. The reply's body is a body.BrokerMemberGroup.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetBrokerMemberGroupRequestHeader is the header of GET_BROKER_MEMBER_GROUP.
//
// Java: remoting.protocol.header.GetBrokerMemberGroupRequestHeader (5.5.0).
type GetBrokerMemberGroupRequestHeader struct {
	ClusterName string
	BrokerName  string
}

// Fields implements protocol.CustomHeader.
func (h *GetBrokerMemberGroupRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("clusterName", &h.ClusterName, protocol.Required)
	c.String("brokerName", &h.BrokerName, protocol.Required)
}
