// UNREGISTER_BROKER (104) takes a broker out of a name server's tables. Brokers send it when they shut down. The reply has
// no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// UnRegisterBrokerRequestHeader is the header of UNREGISTER_BROKER.
//
// Java: remoting.protocol.header.namesrv.UnRegisterBrokerRequestHeader (5.5.0).
type UnRegisterBrokerRequestHeader struct {
	BrokerName  string
	BrokerAddr  string
	ClusterName string
	BrokerID    int64
}

// Fields implements protocol.CustomHeader.
func (h *UnRegisterBrokerRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("brokerName", &h.BrokerName, protocol.Required)
	c.String("brokerAddr", &h.BrokerAddr, protocol.Required)
	c.String("clusterName", &h.ClusterName, protocol.Required)
	c.Int64("brokerId", &h.BrokerID, protocol.Required)
}
