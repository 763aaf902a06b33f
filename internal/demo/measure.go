package demo

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Each line of a measurement runs so many times for so long, in turn with the others, and its best time counts: what else the machine does
// slows some of them down, and speeds none up.
const (
	rounds   = 4
	measured = 120 * time.Millisecond
)

// meter measures calls over loopback TCP, apart from the demo's cluster and without tracing. It implements site.Meter.
type meter struct{ mu sync.Mutex } // held while a measurement runs: two at a time would measure each other

// Measure has 1, 8 and 64 callers share one connection, and then 64 callers a pool of 8 and of 64 connections.
func (m *meter) Measure(ctx context.Context) ([]site.Measurement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	server := remoting.NewServer(remoting.ServerConfig{Addr: host + ":0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		return protocol.NewResponse(protocol.Success, ""), nil
	}), nil)
	if err := server.Start(); err != nil {
		return nil, err //nolint:wrapcheck // says it all
	}
	defer func() { _ = server.Shutdown(ctx) }() // nothing is under way any more
	lines := []site.Measurement{{Callers: 1, Connections: 1}, {Callers: 8, Connections: 1}, {Callers: 64, Connections: 1}, {Callers: 64, Connections: 8}, {Callers: 64, Connections: 64}}
	for range rounds {
		for i := range lines {
			if err := measure(ctx, server.Addr().String(), &lines[i]); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// measure fills in what a line's callers manage. Every client has a connection of its own.
func measure(ctx context.Context, addr string, line *site.Measurement) error {
	pool := make([]*remoting.Client, line.Connections)
	for i := range pool {
		pool[i] = remoting.NewClient(remoting.ClientConfig{})
		defer pool[i].Shutdown()
		if err := call(ctx, pool[i], addr); err != nil { // the dial is not measured
			return err
		}
	}
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	var callers sync.WaitGroup
	began := time.Now()
	for i := range line.Callers {
		callers.Go(func() {
			for time.Since(began) < measured {
				if err := call(ctx, pool[i%len(pool)], addr); err != nil {
					failed.Store(&err)
					return
				}
				calls.Add(1)
			}
		})
	}
	callers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	took := time.Since(began)
	if perSecond := int64(float64(calls.Load()) / took.Seconds()); perSecond > line.PerSecond {
		line.PerSecond, line.Each = perSecond, took*time.Duration(line.Callers)/time.Duration(calls.Load())
	}
	return nil
}

// call makes one small request, as heavy as the head of a message.
func call(ctx context.Context, c *remoting.Client, addr string) error {
	if _, err := c.InvokeSync(ctx, addr, protocol.NewRequest(protocol.GetBrokerRuntimeInfo, nil)); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	return nil
}
