package broker

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// channelListener forgets the clients of a connection that closes.
//
// Java: broker.client.ClientHousekeepingService (5.5.0).
type channelListener struct{ b *Broker }

// OnConnect does nothing: a client is known from its first heartbeat on.
func (channelListener) OnConnect(*remoting.Channel) {}

// OnIdle does nothing: OnClose follows.
func (channelListener) OnIdle(*remoting.Channel) {}

// OnException does nothing: OnClose follows.
func (channelListener) OnException(*remoting.Channel, error) {}

// OnClose forgets whoever was behind the connection, and tells the consumers that are left of its groups.
func (l channelListener) OnClose(ch *remoting.Channel) {
	l.b.producers.ChannelClosed(ch)
	l.b.consumers.ChannelClosed(context.Background(), ch)
}

// notifyTimeout bounds the wait for a permit to send; what is sent is not waited for.
const notifyTimeout = time.Second

// notifyConsumerIDsChanged has the clients of a group share out its queues anew.
//
// Java: broker.client.net.Broker2Client#notifyConsumerIdsChanged (5.5.0).
func (b *Broker) notifyConsumerIDsChanged(ctx context.Context, group string, channels []session.Channel) {
	if !b.cfg.Polling.NotifyConsumerIDsChangedEnable || b.state.Load() != stateRunning {
		return
	}
	ctx, step := traceNotifyConsumerIDsChanged(ctx, group, len(channels))
	defer step.End(nil)
	for _, c := range channels {
		ch, ok := c.(*remoting.Channel)
		if !ok || !ch.IsActive() {
			continue
		}
		req := protocol.NewRequest(protocol.NotifyConsumerIDsChanged, &header.NotifyConsumerIdsChangedRequestHeader{ConsumerGroup: group})
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
		if err := b.main.InvokeOneway(bounded, ch, req); err != nil {
			observ.Logger(ctx, b.log).Info("a consumer was not told of its group's change", zap.String("group", group), zap.Stringer("client", ch), zap.Error(err))
		}
		cancel()
	}
}

var errNoChannel = errors.New("the client is not connected")

// callClient sends a request to a client and waits for its answer.
//
// Java: broker.client.net.Broker2Client#callClient (5.5.0).
func (b *Broker) callClient(ctx context.Context, c session.Channel, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	ch, ok := c.(*remoting.Channel)
	if !ok {
		return nil, errNoChannel
	}
	return b.main.InvokeSync(ctx, ch, req)
}

// adminView is the broker as administrators see it.
type adminView struct{ *Broker }

// DelayOffsets dumps how far each delay level is.
func (v adminView) DelayOffsets() []byte { return v.schedule.Encode() }

// CallClient relays a request to a client.
func (v adminView) CallClient(ctx context.Context, ch session.Channel, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	return v.callClient(ctx, ch, req)
}
