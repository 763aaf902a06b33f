// QUERY_DATA_VERSION (322) asks a name server whether it knows the version of a broker's topics. Brokers that do not have
// to register every time send it first. The body is a body.DataVersion, and the reply's the one that the name server has.

package header

import "github.com/plumemq/plume/remoting/protocol"

// QueryDataVersionRequestHeader is the header of QUERY_DATA_VERSION.
//
// Java: remoting.protocol.header.namesrv.QueryDataVersionRequestHeader (5.5.0).
type QueryDataVersionRequestHeader struct {
	BrokerName  string
	BrokerAddr  string
	ClusterName string
	BrokerID    int64
}

// Fields implements protocol.CustomHeader.
func (h *QueryDataVersionRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("brokerName", &h.BrokerName, protocol.Required)
	c.String("brokerAddr", &h.BrokerAddr, protocol.Required)
	c.String("clusterName", &h.ClusterName, protocol.Required)
	c.Int64("brokerId", &h.BrokerID, protocol.Required)
}

// QueryDataVersionResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.namesrv.QueryDataVersionResponseHeader (5.5.0).
type QueryDataVersionResponseHeader struct {
	Changed bool
}

// Fields implements protocol.CustomHeader.
func (h *QueryDataVersionResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Bool("changed", &h.Changed, protocol.Required)
}
