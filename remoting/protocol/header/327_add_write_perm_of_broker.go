// ADD_WRITE_PERM_OF_BROKER (327) takes WIPE_WRITE_PERM_OF_BROKER back. Tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// AddWritePermOfBrokerRequestHeader is the header of ADD_WRITE_PERM_OF_BROKER.
//
// Java: remoting.protocol.header.namesrv.AddWritePermOfBrokerRequestHeader (5.5.0).
type AddWritePermOfBrokerRequestHeader struct {
	BrokerName string
}

// Fields implements protocol.CustomHeader.
func (h *AddWritePermOfBrokerRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("brokerName", &h.BrokerName, protocol.Required)
}

// AddWritePermOfBrokerResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.namesrv.AddWritePermOfBrokerResponseHeader (5.5.0).
type AddWritePermOfBrokerResponseHeader struct {
	AddTopicCount int32
}

// Fields implements protocol.CustomHeader.
func (h *AddWritePermOfBrokerResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("addTopicCount", &h.AddTopicCount, protocol.Required)
}
