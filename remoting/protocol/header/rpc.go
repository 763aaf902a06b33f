package header

import "github.com/plumemq/plume/remoting/protocol"

// RPCRequestHeader are the fields that many requests of 5.x have besides their own. All of them may be absent.
//
// Java: remoting.rpc.RpcRequestHeader (5.5.0).
type RPCRequestHeader struct {
	Namespace  string
	Namespaced protocol.NullBool // whether names carry the namespace already
	BrokerName string            // the broker meant
	Oneway     protocol.NullBool
}

// Fields implements protocol.CustomHeader.
func (h *RPCRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("bname", &h.BrokerName, protocol.OmitZero)
	c.String("ns", &h.Namespace, protocol.OmitZero)
	c.NullBool("nsd", &h.Namespaced)
	c.NullBool("oway", &h.Oneway)
}

// TopicRequestHeader are those of the requests about a topic.
//
// Java: remoting.rpc.TopicRequestHeader (5.5.0).
type TopicRequestHeader struct {
	RPCRequestHeader
	Logical protocol.NullBool // whether a queue id is that of a static topic
}

// Fields implements protocol.CustomHeader.
func (h *TopicRequestHeader) Fields(c *protocol.FieldCodec) {
	h.RPCRequestHeader.Fields(c)
	c.NullBool("lo", &h.Logical)
}
