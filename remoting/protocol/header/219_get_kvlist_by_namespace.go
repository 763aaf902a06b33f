// GET_KVLIST_BY_NAMESPACE (219) asks a name server for all values of a namespace. Tools send it. The reply's body is a
// body.KVTable; QueryNotFound if there are none.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetKVListByNamespaceRequestHeader is the header of GET_KVLIST_BY_NAMESPACE.
//
// Java: remoting.protocol.header.namesrv.GetKVListByNamespaceRequestHeader (5.5.0).
type GetKVListByNamespaceRequestHeader struct {
	Namespace string
}

// Fields implements protocol.CustomHeader.
func (h *GetKVListByNamespaceRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("namespace", &h.Namespace, protocol.Required)
}
