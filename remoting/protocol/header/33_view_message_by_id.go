// VIEW_MESSAGE_BY_ID (33) asks for the message at an offset of the commit log, taken from an offset message id. Tools send
// it.
//
// The reply's body is the record; SystemError if there is none at that offset.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ViewMessageRequestHeader is the header of VIEW_MESSAGE_BY_ID.
//
// Java: remoting.protocol.header.ViewMessageRequestHeader (5.5.0).
type ViewMessageRequestHeader struct {
	Topic  string // from 5.x on
	Offset int64  // in the commit log, bytes
}

// Fields implements protocol.CustomHeader.
func (h *ViewMessageRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.OmitZero)
	c.Int64("offset", &h.Offset, protocol.Required)
}
