package tracestore

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// The limits of a forwarder.
const (
	forwardQueue   = 256              // requests that may wait
	forwardTimeout = 10 * time.Second // for one request to be taken, the wait for a receiver that is away included
)

// Forwarder sends what a receiver takes in to another OTLP/gRPC receiver. Its queue is bounded: what does not fit, or is not taken in
// time, is dropped and counted.
type Forwarder struct {
	conn    *grpc.ClientConn
	client  collectorpb.TraceServiceClient
	queue   chan []*tracepb.ResourceSpans
	dropped atomic.Int64 // spans

	mu     sync.RWMutex // held for reading while something is put into the queue
	closed bool
	cancel context.CancelFunc
	done   chan struct{}
}

// NewForwarder makes a Forwarder to "host:port" or "http://host:port", without TLS, or "https://host:port". It connects when there is
// something to send. Close it.
func NewForwarder(endpoint string) (*Forwarder, error) {
	creds, target := insecure.NewCredentials(), endpoint
	if strings.Contains(endpoint, "://") {
		u, err := url.Parse(endpoint)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("forward to %q: want host:port or a URL", endpoint)
		}
		target = u.Host
		if u.Scheme == "https" {
			creds = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
		}
	}
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(creds))
	if err != nil {
		return nil, fmt.Errorf("forward to %s: %w", endpoint, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &Forwarder{
		conn: conn, client: collectorpb.NewTraceServiceClient(conn), queue: make(chan []*tracepb.ResourceSpans, forwardQueue),
		cancel: cancel, done: make(chan struct{}),
	}
	go f.run(ctx)
	return f, nil
}

// Tap takes spans without waiting.
func (f *Forwarder) Tap(spans []*tracepb.ResourceSpans) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if !f.closed {
		select {
		case f.queue <- spans:
			return
		default:
		}
	}
	f.dropped.Add(countSpans(spans))
}

// Dropped is how many spans were not taken.
func (f *Forwarder) Dropped() int64 { return f.dropped.Load() }

func (f *Forwarder) run(ctx context.Context) {
	defer close(f.done)
	for spans := range f.queue {
		call, cancel := context.WithTimeout(ctx, forwardTimeout)
		_, err := f.client.Export(call, &collectorpb.ExportTraceServiceRequest{ResourceSpans: spans}, grpc.WaitForReady(true))
		cancel()
		if err != nil {
			f.dropped.Add(countSpans(spans))
		}
	}
}

// Close sends what waits, until ctx is done, and ends.
func (f *Forwarder) Close(ctx context.Context) error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.queue)
	}
	f.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		f.cancel() // every call that is left fails at once
		<-f.done
	}
	f.cancel()
	return f.conn.Close() //nolint:wrapcheck // nothing to add
}

func countSpans(batches []*tracepb.ResourceSpans) (n int64) {
	for _, rs := range batches {
		for _, ss := range rs.GetScopeSpans() {
			n += int64(len(ss.GetSpans()))
		}
	}
	return n
}
