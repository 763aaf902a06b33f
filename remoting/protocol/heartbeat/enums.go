package heartbeat

import "strings"

// ConsumeType is how a group gets its messages.
//
// Java: remoting.protocol.heartbeat.ConsumeType (5.5.0).
type ConsumeType string

// The consume types: the names of Java's constants, as they stand on the wire.
const (
	ConsumeActively  ConsumeType = "CONSUME_ACTIVELY"  // pull
	ConsumePassively ConsumeType = "CONSUME_PASSIVELY" // push
	ConsumePop       ConsumeType = "CONSUME_POP"
)

// MessageModel is who of a group gets a message.
//
// Java: remoting.protocol.heartbeat.MessageModel (5.5.0).
type MessageModel string

// The message models.
const (
	Broadcasting  MessageModel = "BROADCASTING" // every client
	Clustering    MessageModel = "CLUSTERING"   // one of them
	LiteSelective MessageModel = "LITE_SELECTIVE"
)

// ConsumeFromWhere is where a new group begins.
//
// Java: common.consumer.ConsumeFromWhere (5.5.0).
type ConsumeFromWhere string

// The beginnings. Those of old clients, CONSUME_FROM_MIN_OFFSET among them, are carried unread.
const (
	ConsumeFromLastOffset  ConsumeFromWhere = "CONSUME_FROM_LAST_OFFSET"
	ConsumeFromFirstOffset ConsumeFromWhere = "CONSUME_FROM_FIRST_OFFSET"
	ConsumeFromTimestamp   ConsumeFromWhere = "CONSUME_FROM_TIMESTAMP"
)

// The expression types of a subscription.
//
// Java: common.filter.ExpressionType (5.5.0).
const (
	ExpressionTag   = "TAG"
	ExpressionSQL92 = "SQL92"
)

// enum is a constant's name in capitals: clients in other languages than Java write "Clustering" too.
func enum[E ~string](name string) E { return E(strings.ToUpper(name)) }
