package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// GetTopicRouteInfoFromNameServer asks the name server in use for a topic's queues and brokers. An unknown topic is a
// *protocol.ResponseError with protocol.TopicNotExist.
//
// Java: MQClientAPIImpl#getTopicRouteInfoFromNameServer, #getDefaultTopicRouteInfoFromNameServer (5.5.0).
func (a *MQClientAPIImpl) GetTopicRouteInfoFromNameServer(ctx context.Context, topic string) (*route.TopicRouteData, error) {
	resp, err := a.call(ctx, nameServer, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic}, nil)
	if err != nil {
		return nil, err
	}
	data := new(route.TopicRouteData)
	if err := data.Decode(resp.Body); err != nil {
		return nil, malformed("name server", protocol.GetRouteInfoByTopic, err)
	}
	return data, nil
}

// nameServer is the address that means the name server in use.
const nameServer = ""
