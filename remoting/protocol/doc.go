// Package protocol is RocketMQ's wire format: the RemotingCommand, its frame in the two encodings, the request and response
// codes, and the errors that they become.
//
// A header is a struct with one method, Fields, that names each of its fields once; a FieldCodec passes over it in either
// direction. The headers are in package header, the bodies in packages route, body and heartbeat.
package protocol
