// INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223) asks for the offsets that the clients of a group have in memory. Tools send
// it, with a GetConsumerStatusRequestHeader; the broker asks the clients (221). The reply's body is a
// body.GetConsumerStatusBody.

package header
