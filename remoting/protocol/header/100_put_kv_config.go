// PUT_KV_CONFIG (100) sets a value on a name server. Tools send it. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// PutKVConfigRequestHeader is the header of PUT_KV_CONFIG.
//
// Java: remoting.protocol.header.namesrv.PutKVConfigRequestHeader (5.5.0).
type PutKVConfigRequestHeader struct {
	Namespace string
	Key       string
	Value     string
}

// Fields implements protocol.CustomHeader.
func (h *PutKVConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("namespace", &h.Namespace, protocol.Required)
	c.String("key", &h.Key, protocol.Required)
	c.String("value", &h.Value, protocol.Required)
}
