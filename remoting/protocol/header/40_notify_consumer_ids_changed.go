// NOTIFY_CONSUMER_IDS_CHANGED (40) tells the clients of a group that one came or went. Brokers send it one-way; consumers
// share out the queues anew.

package header

import "github.com/plumemq/plume/remoting/protocol"

// NotifyConsumerIdsChangedRequestHeader is the header of NOTIFY_CONSUMER_IDS_CHANGED.
//
// Java: remoting.protocol.header.NotifyConsumerIdsChangedRequestHeader (5.5.0).
type NotifyConsumerIdsChangedRequestHeader struct { //nolint:revive // Apache's own name
	RPCRequestHeader
	ConsumerGroup string
}

// Fields implements protocol.CustomHeader.
func (h *NotifyConsumerIdsChangedRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
