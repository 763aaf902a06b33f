// GET_ALL_TOPIC_CONFIG (21) asks for a broker's topics. Slaves and tools send it: those of 5.x page by page, older ones
// without a header for everything.
//
// The reply's body is a body.TopicConfigSerializeWrapper.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetAllTopicConfigRequestHeader is the header of GET_ALL_TOPIC_CONFIG.
//
// Java: remoting.protocol.header.GetAllTopicConfigRequestHeader (5.5.0).
type GetAllTopicConfigRequestHeader struct {
	TopicSeq    int32  // where the page begins
	DataVersion string // the version that the pages before had, as JSON
	MaxTopicNum int32  // how long a page may be
}

// Fields implements protocol.CustomHeader.
func (h *GetAllTopicConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("topicSeq", &h.TopicSeq, protocol.Optional)
	c.String("dataVersion", &h.DataVersion, protocol.OmitZero)
	c.Int32("maxTopicNum", &h.MaxTopicNum, protocol.OmitZero)
}

// GetAllTopicConfigResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetAllTopicConfigResponseHeader (5.5.0).
type GetAllTopicConfigResponseHeader struct {
	TotalTopicNum int32
}

// Fields implements protocol.CustomHeader.
func (h *GetAllTopicConfigResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int32("totalTopicNum", &h.TotalTopicNum, protocol.Optional)
}
