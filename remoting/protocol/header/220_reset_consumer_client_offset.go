// RESET_CONSUMER_CLIENT_OFFSET (220) tells a consumer to go on at other offsets. Brokers send it one-way, when a tool
// asked them to (222). The body is a body.ResetOffsetBody.

package header
