// Package messagetrace reads and writes the records of Apache RocketMQ's own message trace: who sent a message, when it reached a
// broker, who consumed it and how that went. They are text in the bodies of ordinary messages, usually in the topic
// RMQ_SYS_TRACE_TOPIC, found by the traced message's id or keys:
//
//	body   = { record FS }                     FS is the byte 2
//	record = type CS field { CS field }        CS is the byte 1
//
// Clients write them when told to by client.WithMessageTrace; admin.Admin.QueryMessageTrace finds them, and mqadmin
// queryMsgTraceById too. docs/message-trace.md lists the fields of each type.
package messagetrace
