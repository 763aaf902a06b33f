// GET_KV_CONFIG (101) asks a name server for a value; QueryNotFound if there is none. Tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetKVConfigRequestHeader is the header of GET_KV_CONFIG.
//
// Java: remoting.protocol.header.namesrv.GetKVConfigRequestHeader (5.5.0).
type GetKVConfigRequestHeader struct {
	Namespace string
	Key       string
}

// Fields implements protocol.CustomHeader.
func (h *GetKVConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("namespace", &h.Namespace, protocol.Required)
	c.String("key", &h.Key, protocol.Required)
}

// GetKVConfigResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.namesrv.GetKVConfigResponseHeader (5.5.0).
type GetKVConfigResponseHeader struct {
	Value string
}

// Fields implements protocol.CustomHeader.
func (h *GetKVConfigResponseHeader) Fields(c *protocol.FieldCodec) {
	c.String("value", &h.Value, protocol.OmitZero)
}
