// DELETE_KV_CONFIG (102) deletes a value on a name server. Tools send it. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// DeleteKVConfigRequestHeader is the header of DELETE_KV_CONFIG.
//
// Java: remoting.protocol.header.namesrv.DeleteKVConfigRequestHeader (5.5.0).
type DeleteKVConfigRequestHeader struct {
	Namespace string
	Key       string
}

// Fields implements protocol.CustomHeader.
func (h *DeleteKVConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("namespace", &h.Namespace, protocol.Required)
	c.String("key", &h.Key, protocol.Required)
}
