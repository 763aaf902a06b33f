// GET_ALL_PRODUCER_INFO (328) asks a broker for all of its producers. Tools send it. The reply's body is a
// body.ProducerTableInfo.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetAllProducerInfoRequestHeader is the header of GET_ALL_PRODUCER_INFO.
//
// Java: remoting.protocol.header.GetAllProducerInfoRequestHeader (5.5.0).
type GetAllProducerInfoRequestHeader struct{}

// Fields implements protocol.CustomHeader.
func (h *GetAllProducerInfoRequestHeader) Fields(*protocol.FieldCodec) {}
