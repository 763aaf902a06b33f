package broker

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// fastFailure refuses a request that has waited too long for its worker: its sender has given up or is about to, and will send
// it again, so that it must not be stored now.
//
// Java: broker.latency.BrokerFastFailure (5.5.0), which also empties the queue of a pool whose workers are all stuck.
type fastFailure struct {
	next    remoting.Processor
	queue   *remoting.Executor
	maxWait time.Duration
	clock   clock.Clock
}

// ProcessRequest implements remoting.Processor.
func (f fastFailure) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if waited := f.clock.Now().Sub(rc.ReceivedAt); waited >= f.maxWait {
		return nil, protocol.NewResponseError(protocol.SystemBusy, fmt.Sprintf(
			"[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: %dms, size of queue: %d",
			waited.Milliseconds(), f.queue.Len()))
	}
	return f.next.ProcessRequest(ctx, rc)
}

// bound is a network whose one listener is there already.
type bound struct {
	network.Network
	listener net.Listener
}

// Listen returns the listener that was bound before.
func (b bound) Listen(string) (net.Listener, error) { return b.listener, nil }
