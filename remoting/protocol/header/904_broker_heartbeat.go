// BROKER_HEARTBEAT (904) keeps a broker alive at a name server between registrations. Brokers send it every second when
// acting masters are enabled. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// BrokerHeartbeatRequestHeader is the header of BROKER_HEARTBEAT.
//
// Java: remoting.protocol.header.namesrv.BrokerHeartbeatRequestHeader (5.5.0).
type BrokerHeartbeatRequestHeader struct {
	ClusterName            string
	BrokerAddr             string
	BrokerName             string
	BrokerID               int64
	Epoch                  int32
	MaxOffset              int64
	ConfirmOffset          int64
	HeartbeatTimeoutMillis int64 // the name on the wire is misspelt
	ElectionPriority       int32
}

// Fields implements protocol.CustomHeader.
func (h *BrokerHeartbeatRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("clusterName", &h.ClusterName, protocol.Required)
	c.String("brokerAddr", &h.BrokerAddr, protocol.Required)
	c.String("brokerName", &h.BrokerName, protocol.Required)
	c.Int64("brokerId", &h.BrokerID, protocol.OmitZero)
	c.Int32("epoch", &h.Epoch, protocol.OmitZero)
	c.Int64("maxOffset", &h.MaxOffset, protocol.OmitZero)
	c.Int64("confirmOffset", &h.ConfirmOffset, protocol.OmitZero)
	c.Int64("heartbeatTimeoutMills", &h.HeartbeatTimeoutMillis, protocol.OmitZero)
	c.Int32("electionPriority", &h.ElectionPriority, protocol.OmitZero)
}
