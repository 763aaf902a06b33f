// CHECK_TRANSACTION_STATE (39) asks a producer of the group what became of a half message. Brokers send it one-way, the
// half message's record being the body; the answer is an END_TRANSACTION.

package header

import "github.com/plumemq/plume/remoting/protocol"

// CheckTransactionStateRequestHeader is the header of CHECK_TRANSACTION_STATE.
//
// Java: remoting.protocol.header.CheckTransactionStateRequestHeader (5.5.0).
type CheckTransactionStateRequestHeader struct {
	RPCRequestHeader
	Topic                string // from 5.x on
	TranStateTableOffset int64  // of the half message in its queue
	CommitLogOffset      int64  // of the half message in the commit log, bytes
	MsgID                string
	TransactionID        string
	OffsetMsgID          string
}

// Fields implements protocol.CustomHeader.
func (h *CheckTransactionStateRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.OmitZero)
	c.Int64("tranStateTableOffset", &h.TranStateTableOffset, protocol.Required)
	c.Int64("commitLogOffset", &h.CommitLogOffset, protocol.Required)
	c.String("msgId", &h.MsgID, protocol.OmitZero)
	c.String("transactionId", &h.TransactionID, protocol.OmitZero)
	c.String("offsetMsgId", &h.OffsetMsgID, protocol.OmitZero)
	h.RPCRequestHeader.Fields(c)
}
