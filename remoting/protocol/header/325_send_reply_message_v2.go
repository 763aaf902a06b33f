// SEND_REPLY_MESSAGE_V2 (325) is SEND_REPLY_MESSAGE with a SendMessageRequestHeaderV2; Java's clients send this one.

package header
