// GET_CONSUMER_RUNNING_INFO (307) asks a consumer for its state. Tools send it to a broker, which relays it to the client
// and the client's reply to the tool. The reply's body is a body.ConsumerRunningInfo.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetConsumerRunningInfoRequestHeader is the header of GET_CONSUMER_RUNNING_INFO.
//
// Java: remoting.protocol.header.GetConsumerRunningInfoRequestHeader (5.5.0).
type GetConsumerRunningInfoRequestHeader struct {
	RPCRequestHeader
	ConsumerGroup string
	ClientID      string
	JstackEnable  bool // with the stacks of its threads
}

// Fields implements protocol.CustomHeader.
func (h *GetConsumerRunningInfoRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("clientId", &h.ClientID, protocol.Required)
	c.Bool("jstackEnable", &h.JstackEnable, protocol.Optional)
	h.RPCRequestHeader.Fields(c)
}
