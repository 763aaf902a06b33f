// END_TRANSACTION (37) commits or rolls back a half message. Producers send it after their local transaction, one-way in
// Java, and when a broker asked (39). The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// EndTransactionRequestHeader is the header of END_TRANSACTION.
//
// Java: remoting.protocol.header.EndTransactionRequestHeader (5.5.0).
type EndTransactionRequestHeader struct {
	RPCRequestHeader
	Topic                string // from 5.x on
	ProducerGroup        string
	TranStateTableOffset int64 // of the half message in its queue
	CommitLogOffset      int64 // of the half message in the commit log, bytes
	CommitOrRollback     int32 // message.FlagTransactionCommit, message.FlagTransactionRollback, or 0 for not known
	FromTransactionCheck bool
	MsgID                string
	TransactionID        string
}

// Fields implements protocol.CustomHeader.
func (h *EndTransactionRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.OmitZero)
	c.String("producerGroup", &h.ProducerGroup, protocol.Required)
	c.Int64("tranStateTableOffset", &h.TranStateTableOffset, protocol.Required)
	c.Int64("commitLogOffset", &h.CommitLogOffset, protocol.Required)
	c.Int32("commitOrRollback", &h.CommitOrRollback, protocol.Required)
	c.Bool("fromTransactionCheck", &h.FromTransactionCheck, protocol.Optional)
	c.String("msgId", &h.MsgID, protocol.Required)
	c.String("transactionId", &h.TransactionID, protocol.OmitZero)
	h.RPCRequestHeader.Fields(c)
}
