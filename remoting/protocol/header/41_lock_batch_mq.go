// LOCK_BATCH_MQ (41) locks queues for one client of a group, for 60 s. Orderly consumers send it every 20 s. The body is a
// body.LockBatchRequestBody, the reply's a body.LockBatchResponseBody.

package header

import "github.com/plumemq/plume/remoting/protocol"

// LockBatchMqRequestHeader is the header of LOCK_BATCH_MQ, from 5.x on.
//
// Java: remoting.protocol.header.LockBatchMqRequestHeader (5.5.0).
type LockBatchMqRequestHeader struct {
	RPCRequestHeader
}

// Fields implements protocol.CustomHeader.
func (h *LockBatchMqRequestHeader) Fields(c *protocol.FieldCodec) {
	h.RPCRequestHeader.Fields(c)
}
