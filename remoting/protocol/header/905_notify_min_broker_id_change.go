// NOTIFY_MIN_BROKER_ID_CHANGE (905) tells a broker that the least id among the brokers of its name changed. Name servers
// send it one-way when acting masters are enabled.

package header

import "github.com/plumemq/plume/remoting/protocol"

// NotifyMinBrokerIdChangeRequestHeader is the header of NOTIFY_MIN_BROKER_ID_CHANGE.
//
// Java: remoting.protocol.header.NotifyMinBrokerIdChangeRequestHeader (5.5.0).
type NotifyMinBrokerIdChangeRequestHeader struct {
	MinBrokerID       int64
	BrokerName        string
	MinBrokerAddr     string
	OfflineBrokerAddr string
	HABrokerAddr      string
}

// Fields implements protocol.CustomHeader.
func (h *NotifyMinBrokerIdChangeRequestHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("minBrokerId", &h.MinBrokerID, protocol.Optional)
	c.String("brokerName", &h.BrokerName, protocol.OmitZero)
	c.String("minBrokerAddr", &h.MinBrokerAddr, protocol.OmitZero)
	c.String("offlineBrokerAddr", &h.OfflineBrokerAddr, protocol.OmitZero)
	c.String("haBrokerAddr", &h.HABrokerAddr, protocol.OmitZero)
}
