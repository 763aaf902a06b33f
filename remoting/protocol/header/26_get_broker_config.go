// GET_BROKER_CONFIG (26) asks for a broker's settings. Tools send it, without a header; the reply's body is a properties
// file.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetBrokerConfigResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetBrokerConfigResponseHeader (5.5.0).
type GetBrokerConfigResponseHeader struct {
	Version string // the settings' data version, as JSON
}

// Fields implements protocol.CustomHeader.
func (h *GetBrokerConfigResponseHeader) Fields(c *protocol.FieldCodec) {
	c.String("version", &h.Version, protocol.Required)
}
