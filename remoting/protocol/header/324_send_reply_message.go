// SEND_REPLY_MESSAGE (324) carries a consumer's answer to a request message to the broker, which pushes it to the producer
// that waits for it (326).
//
// The header is a SendMessageRequestHeader, the body the answer's. The reply is that of SEND_MESSAGE.

package header
