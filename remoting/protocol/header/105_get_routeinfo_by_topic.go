// GET_ROUTEINFO_BY_TOPIC (105) asks a name server where a topic is. Clients send it every 30 s for each of their topics.
//
// The reply's body is a route.TopicRouteData, in strict JSON if the request's version is 401 or later or the header asks
// for it; TopicNotExist if no broker has the topic.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetRouteInfoRequestHeader is the header of GET_ROUTEINFO_BY_TOPIC.
//
// Java: remoting.protocol.header.namesrv.GetRouteInfoRequestHeader (5.5.0).
type GetRouteInfoRequestHeader struct {
	TopicRequestHeader
	Topic                  string
	AcceptStandardJSONOnly bool
}

// Fields implements protocol.CustomHeader.
func (h *GetRouteInfoRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.Bool("acceptStandardJsonOnly", &h.AcceptStandardJSONOnly, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}
