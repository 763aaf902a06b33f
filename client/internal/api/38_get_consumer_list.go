package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// GetConsumerIDListByGroup lists the client ids of a group's members, as a broker knows them from their heartbeats.
//
// Java: MQClientAPIImpl#getConsumerIdListByGroup (5.5.0).
func (a *MQClientAPIImpl) GetConsumerIDListByGroup(ctx context.Context, addr, group string) ([]string, error) {
	h := &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: group}
	resp, err := a.call(ctx, addr, protocol.GetConsumerListByGroup, h, nil)
	if err != nil {
		return nil, err
	}
	var out body.GetConsumerListByGroupResponseBody
	if err := out.Decode(resp.Body); err != nil {
		return nil, malformed(addr, protocol.GetConsumerListByGroup, err)
	}
	return out.ConsumerIDList, nil
}
