package messagetrace

import (
	"slices"
	"strings"
)

// Type says what a record tells of.
//
// Java: client.trace.TraceType (5.5.0).
type Type uint8

// The types.
const (
	Pub            Type = iota // a broker has stored the message
	Recall                     // a timer message was called back
	SubBefore                  // a consumer's handler is about to get the message
	SubAfter                   // and has returned
	EndTransaction             // a transaction was committed or rolled back
)

var typeNames = [...]string{"Pub", "Recall", "SubBefore", "SubAfter", "EndTransaction"}

// String is Apache's name, as records have it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "Unknown"
}

// MessageType is the kind of a message that was sent.
//
// Java: common.message.MessageType (5.5.0).
type MessageType uint8

// The kinds.
const (
	Normal MessageType = iota
	TransactionHalf
	TransactionCommit
	Delay
	Order
)

var messageTypeNames = [...]string{"Normal", "Trans", "TransCommit", "Delay", "Order"}

// String is Apache's short name.
func (t MessageType) String() string {
	if int(t) < len(messageTypeNames) {
		return messageTypeNames[t]
	}
	return "Unknown"
}

// The values of Record.ContextCode.
//
// Java: client.consumer.listener.ConsumeReturnType (5.5.0).
const (
	ConsumeSuccess    = 0
	ConsumeTimeOut    = 1 // the handler took longer than the consume timeout, whatever it returned
	ConsumeException  = 2 // the handler panicked
	ConsumeReturnNull = 3 // Java's handlers only
	ConsumeFailed     = 4 // the handler returned an error
)

// Record is one thing that happened to one message. Which fields a type has on the wire is said behind each; the others stay
// zero when it is read.
//
// Java: client.trace.TraceContext with one client.trace.TraceBean (5.5.0).
type Record struct {
	Type        Type
	Time        int64       // ms since the Unix epoch: of the send, before or after the handler; all types
	Region      string      // all but SubAfter
	Group       string      // of the producer or consumer; all types
	Topic       string      // Pub, EndTransaction, Recall
	MsgID       string      // the id that the producer gave the message; all types
	Tags        string      // Pub, EndTransaction
	Keys        string      // separated by spaces; all but Recall
	StoreHost   string      // the broker's address; Pub, EndTransaction
	BodyLength  int32       // as sent, in bytes; Pub
	CostTime    int32       // ms; Pub, SubAfter
	MessageType MessageType // Pub, EndTransaction
	OffsetMsgID string      // Pub
	Success     bool        // Pub, SubAfter, Recall
	ClientHost  string      // Pub of old clients

	RequestID   string // joins a SubBefore with its SubAfter
	RetryTimes  int32  // SubBefore: how often the message was redelivered before
	ContextCode int32  // SubAfter: ConsumeSuccess ...

	TransactionID        string // EndTransaction
	TransactionState     string // EndTransaction: COMMIT_MESSAGE, ROLLBACK_MESSAGE, UNKNOW
	FromTransactionCheck bool   // EndTransaction
}

// IndexKeys are the keys by which the record is to be found: the message's id and its keys.
func (r *Record) IndexKeys() []string {
	keys := strings.Fields(r.Keys)
	if r.MsgID != "" && !slices.Contains(keys, r.MsgID) {
		keys = slices.Insert(keys, 0, r.MsgID)
	}
	return keys
}
