// REGISTER_BROKER (103) tells a name server of a broker and its topics. Brokers send it to every name server when they
// start, every 30 s, and for each topic that changes.
//
// The body is a body.RegisterBrokerBody. The reply has RegisterBrokerResponseHeader, and the body a body.KVTable with the
// order configuration.

package header

import "github.com/plumemq/plume/remoting/protocol"

// RegisterBrokerRequestHeader is the header of REGISTER_BROKER.
//
// Java: remoting.protocol.header.namesrv.RegisterBrokerRequestHeader (5.5.0).
type RegisterBrokerRequestHeader struct {
	BrokerName             string
	BrokerAddr             string
	ClusterName            string
	HAServerAddr           string
	BrokerID               int64 // 0: master
	HeartbeatTimeoutMillis int64 // absent: 120 s
	EnableActingMaster     bool  // from 5.x on
	Compressed             bool  // 5.x brokers say false even of a compressed body: look at its first byte
	BodyCRC32              int32 // of the body as sent, without the sign bit; 0: not to be checked
}

// Fields implements protocol.CustomHeader.
func (h *RegisterBrokerRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("brokerName", &h.BrokerName, protocol.Required)
	c.String("brokerAddr", &h.BrokerAddr, protocol.Required)
	c.String("clusterName", &h.ClusterName, protocol.Required)
	c.String("haServerAddr", &h.HAServerAddr, protocol.Required)
	c.Int64("brokerId", &h.BrokerID, protocol.Required)
	c.Int64("heartbeatTimeoutMillis", &h.HeartbeatTimeoutMillis, protocol.OmitZero)
	c.Bool("enableActingMaster", &h.EnableActingMaster, protocol.Optional)
	c.Bool("compressed", &h.Compressed, protocol.Optional)
	c.Int32("bodyCrc32", &h.BodyCRC32, protocol.Optional)
}

// RegisterBrokerResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.namesrv.RegisterBrokerResponseHeader (5.5.0).
type RegisterBrokerResponseHeader struct {
	HAServerAddr string // of the master, for a slave
	MasterAddr   string // of the master, for a slave
}

// Fields implements protocol.CustomHeader.
func (h *RegisterBrokerResponseHeader) Fields(c *protocol.FieldCodec) {
	c.String("haServerAddr", &h.HAServerAddr, protocol.OmitZero)
	c.String("masterAddr", &h.MasterAddr, protocol.OmitZero)
}
