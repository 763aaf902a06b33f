// DELETE_TOPIC_IN_NAMESRV (216) deletes a topic from a name server's table. Tools send it. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// DeleteTopicFromNamesrvRequestHeader is the header of DELETE_TOPIC_IN_NAMESRV.
//
// Java: remoting.protocol.header.namesrv.DeleteTopicFromNamesrvRequestHeader (5.5.0).
type DeleteTopicFromNamesrvRequestHeader struct {
	TopicRequestHeader
	Topic       string
	ClusterName string // only its brokers
}

// Fields implements protocol.CustomHeader.
func (h *DeleteTopicFromNamesrvRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("clusterName", &h.ClusterName, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}
