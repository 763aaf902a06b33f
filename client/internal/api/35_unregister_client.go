package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// UnregisterClient tells a broker that a group has left this client; one of the two groups is empty.
//
// Java: MQClientAPIImpl#unregisterClient (5.5.0).
func (a *MQClientAPIImpl) UnregisterClient(ctx context.Context, addr, clientID, producerGroup, consumerGroup string) error {
	h := &header.UnregisterClientRequestHeader{ClientID: clientID, ProducerGroup: producerGroup, ConsumerGroup: consumerGroup}
	_, err := a.call(ctx, addr, protocol.UnregisterClient, h, nil)
	return err
}
