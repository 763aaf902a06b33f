// HEART_BEAT (34) tells a broker which groups a client belongs to. Clients send it to every master, consumers to slaves
// too, every 30 s. It has no header of its own; the body is a heartbeat.HeartbeatData.
//
// The reply has the two ext fields below and the broker's version, which clients keep.

package header

import "github.com/plumemq/plume/remoting/protocol"

// HeartbeatRequestHeader is the header of HEART_BEAT, from 5.x on.
//
// Java: remoting.protocol.header.HeartbeatRequestHeader (5.5.0).
type HeartbeatRequestHeader struct {
	RPCRequestHeader
}

// Fields implements protocol.CustomHeader.
func (h *HeartbeatRequestHeader) Fields(c *protocol.FieldCodec) {
	h.RPCRequestHeader.Fields(c)
}

// The ext fields of HEART_BEAT's reply, both "true" or "false".
const (
	ExtSupportHeartbeatV2 = "IS_SUPPORT_HEART_BEAT_V2" // the broker understands heartbeats by fingerprint
	ExtSubChange          = "IS_SUB_CHANGE"            // the broker has to be sent the whole heartbeat next time
)
