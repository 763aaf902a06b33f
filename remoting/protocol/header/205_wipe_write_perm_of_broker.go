// WIPE_WRITE_PERM_OF_BROKER (205) makes a name server show all topics of a broker as not writable. Tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// WipeWritePermOfBrokerRequestHeader is the header of WIPE_WRITE_PERM_OF_BROKER.
//
// Java: remoting.protocol.header.namesrv.WipeWritePermOfBrokerRequestHeader (5.5.0).
type WipeWritePermOfBrokerRequestHeader struct {
	BrokerName string
}

// Fields implements protocol.CustomHeader.
func (h *WipeWritePermOfBrokerRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("brokerName", &h.BrokerName, protocol.Required)
}

// WipeWritePermOfBrokerResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.namesrv.WipeWritePermOfBrokerResponseHeader (5.5.0).
type WipeWritePermOfBrokerResponseHeader struct {
	WipeTopicCount int32
}

// Fields implements protocol.CustomHeader.
func (h *WipeWritePermOfBrokerResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("wipeTopicCount", &h.WipeTopicCount, protocol.Required)
}
