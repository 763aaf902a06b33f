// SEND_BATCH_MESSAGE (320) stores several messages of one topic in one queue. Producers send it with a
// SendMessageRequestHeaderV2 whose Batch is true.
//
// The body is what message.EncodeBatch writes. The reply is that of SEND_MESSAGE; its MsgID lists one id for each message.

package header
