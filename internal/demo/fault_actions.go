package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/disk/faulty"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// How bad the faults are.
const (
	slowWrite   = 300 * time.Millisecond  // of a slow disk
	wireDelay   = 200 * time.Millisecond  // in each direction
	slowHandler = 1500 * time.Millisecond // of a slow consumer
)

var errNotFull = errors.New("the queue of the broker's send threads does not fill up")

// killBrokerA ends the broker without a word, so that the peers in unaware do not hear of it.
func (d *Demo) killBrokerA(unaware ...string) func(context.Context) error {
	return func(context.Context) error {
		d.brokers[0].kill(unaware...)
		return nil
	}
}

// reviveBrokerA starts the broker on what it left on disk, and lets the producer know of it.
func (d *Demo) reviveBrokerA(ctx context.Context) error {
	if err := d.brokers[0].start(ctx); err != nil {
		return fmt.Errorf("start %s: %w", serviceBrokerA, err)
	}
	return d.refreshRoute(ctx)
}

// refreshRoute replaces the producer if it has asked for routes while a broker was away: by itself it would hear of the return half
// a minute later.
func (d *Demo) refreshRoute(ctx context.Context) error {
	admin := remoting.NewClient(remoting.ClientConfig{Logger: d.log})
	defer admin.Shutdown()
	for !d.routed(ctx, admin, Topic) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errRoute, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	if d.sender.knows(ctx, len(d.brokers)) {
		return nil
	}
	return d.sender.renew(ctx)
}

// stopBrokerA shuts the broker down as an administrator would.
func (d *Demo) stopBrokerA(ctx context.Context) error { return d.brokers[0].stop(ctx) }

// pauseBrokerA makes the broker's process stand still: its port is open, and nothing is read or said.
func (d *Demo) pauseBrokerA(on bool) func(context.Context) error {
	return func(context.Context) error {
		if l := d.brokers[0].current(); l.net != nil {
			l.net.SetEvery(network.Fault{Blackhole: on})
		}
		return nil
	}
}

// disks puts the disks of brokers into a state.
func (d *Demo) disks(f faulty.Faults, brokers ...int) func(context.Context) error {
	return func(context.Context) error {
		for _, i := range brokers {
			if l := d.brokers[i].current(); l.disk != nil {
				l.disk.Set(f)
			}
		}
		return nil
	}
}

// wireTo puts the producer's way to brokers into a state.
func (d *Demo) wireTo(f network.Fault, brokers ...int) func(context.Context) error {
	return func(context.Context) error {
		for _, i := range brokers {
			d.wire.SetFault(d.brokers[i].address(), f)
		}
		return nil
	}
}

func (d *Demo) killNameServer(context.Context) error {
	d.namesrv.kill()
	return nil
}

func (d *Demo) reviveNameServer(ctx context.Context) error {
	if err := d.namesrv.start(ctx); err != nil {
		return fmt.Errorf("start the name server: %w", err)
	}
	return nil
}

// refuseRoutes makes the name server answer as one that has just started and waits for its brokers (needWaitForService).
func (d *Demo) refuseRoutes(on bool) func(context.Context) error {
	return func(ctx context.Context) error {
		admin := remoting.NewClient(remoting.ClientConfig{Logger: d.log})
		defer admin.Shutdown()
		req := protocol.NewRequest(protocol.UpdateNamesrvConfig, nil)
		req.Body = fmt.Appendf(nil, "needWaitForService=%t\n", on)
		resp, err := admin.InvokeSync(ctx, d.namesrv.address(), req)
		if err != nil {
			return err //nolint:wrapcheck // it says where to
		}
		if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
			return &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: d.namesrv.address()}
		}
		return nil
	}
}

// jamBrokerA stops the disk under the only thread that stores what is sent, and fills the queue before it. Another thread may be writing at
// that moment, for all: then that one is stopped, and the first when more waits for it than the store lets wait. Where that takes so long
// that the store refuses to wait at all, it is tried again.
func (d *Demo) jamBrokerA(ctx context.Context) error {
	flood := remoting.NewClient(remoting.ClientConfig{Logger: d.log})
	defer flood.Shutdown()
	for ctx.Err() == nil {
		if err := d.disks(faulty.Faults{Stall: true}, 0)(ctx); err != nil {
			return err
		}
		if full, err := d.fillBrokerA(ctx, flood); full || err != nil {
			return err
		}
		if err := d.disks(faulty.Faults{}, 0)(ctx); err != nil {
			return err
		}
	}
	return errNotFull
}

// fillBrokerA sends until the queue is full and stays so, or a send is refused for another reason, and says which it was.
func (d *Demo) fillBrokerA(ctx context.Context, flood *remoting.Client) (full bool, err error) {
	addr := d.brokers[0].address()
	for ctx.Err() == nil {
		for range d.brokerConfig(serviceBrokerA, 0).Pools.Send.Queue {
			if err := flood.InvokeOneway(ctx, addr, filler(floodBytes)); err != nil {
				return false, err //nolint:wrapcheck // it says where to
			}
		}
		refusal, err := d.refusal(ctx, flood, addr)
		if strings.HasPrefix(refusal, overload) { // the thread may only have been slower than this one
			time.Sleep(stillFull)
			if refusal, err = d.refusal(ctx, flood, addr); strings.HasPrefix(refusal, overload) {
				return true, nil
			}
		}
		if refusal != "" || err != nil {
			return false, err
		}
	}
	return false, errNotFull
}

// stillFull is long enough for a thread that is not held up to empty the queue.
const stillFull = 200 * time.Millisecond

// overload is how a server begins to say that its queue is full.
const overload = "[OVERLOAD]"

// refusal is why a send is refused as the broker is busy; empty if it is not.
func (d *Demo) refusal(ctx context.Context, c *remoting.Client, addr string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	resp, err := c.InvokeSync(ctx, addr, filler(1))
	switch {
	case errors.Is(err, remoting.ErrTimeout): // it waits in the queue now
		return "", nil
	case err != nil:
		return "", err //nolint:wrapcheck // it says where to
	case protocol.ResponseCode(resp.Code) == protocol.SystemBusy:
		return resp.Remark, nil
	}
	return "", nil
}

// floodBytes are so many that a queue's requests together are twice what the store lets wait for a write.
const floodBytes = 128 << 10

// filler is a send that only takes up room.
func filler(bytes int) *protocol.RemotingCommand {
	req := protocol.NewRequest(protocol.SendMessageV2, &header.SendMessageRequestHeaderV2{
		ProducerGroup: producerGroup, Topic: Topic, DefaultTopic: "TBW102", DefaultTopicQueueNums: queues,
		BornTimestamp: time.Now().UnixMilli(), Properties: "TAGS\x01filler\x02",
	})
	req.Body = make([]byte, bytes)
	return req
}

// consumer makes the handler slow or failing.
func (d *Demo) consumes(takes time.Duration, fails bool) func(context.Context) error {
	return func(context.Context) error {
		d.business.set(takes, fails)
		return nil
	}
}
