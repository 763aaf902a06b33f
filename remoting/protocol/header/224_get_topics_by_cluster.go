// GET_TOPICS_BY_CLUSTER (224) asks a name server for the topics of a cluster. Tools send it. The reply's body is a
// body.TopicList.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetTopicsByClusterRequestHeader is the header of GET_TOPICS_BY_CLUSTER.
//
// Java: remoting.protocol.header.GetTopicsByClusterRequestHeader (5.5.0).
type GetTopicsByClusterRequestHeader struct {
	Cluster string
}

// Fields implements protocol.CustomHeader.
func (h *GetTopicsByClusterRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("cluster", &h.Cluster, protocol.Required)
}
