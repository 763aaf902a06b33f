// UNLOCK_BATCH_MQ (42) gives locked queues back. Orderly consumers send it. The body is a body.UnlockBatchRequestBody; the
// reply has neither header nor body.

package header

import "github.com/plumemq/plume/remoting/protocol"

// UnlockBatchMqRequestHeader is the header of UNLOCK_BATCH_MQ, from 5.x on.
//
// Java: remoting.protocol.header.UnlockBatchMqRequestHeader (5.5.0).
type UnlockBatchMqRequestHeader struct {
	RPCRequestHeader
}

// Fields implements protocol.CustomHeader.
func (h *UnlockBatchMqRequestHeader) Fields(c *protocol.FieldCodec) {
	h.RPCRequestHeader.Fields(c)
}
