package callback

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// notifyConsumerIDsChanged rebalances at once.
//
// Java: ClientRemotingProcessor#notifyConsumerIdsChanged (5.5.0).
func (p *ClientRemotingProcessor) notifyConsumerIDsChanged(ctx context.Context, req *protocol.RemotingCommand) error {
	var h header.NotifyConsumerIdsChangedRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return err
	}
	observ.Logger(ctx, p.log).Info("consumer ids changed: rebalance", zap.String("group", h.ConsumerGroup))
	p.instance.RebalanceImmediately()
	return nil
}
