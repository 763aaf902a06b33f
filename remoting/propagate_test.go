package remoting_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// drawing is a provider that decides over new traces by a function.
type drawing struct {
	trace.TracerProvider
	draw func() bool
}

func (d drawing) SampleRoot() bool { return d.draw() }

// toldServer is a server that records all that it is left to decide over, and what requests said of their traces.
type toldServer struct {
	*remoting.Server
	recorded *tracetest.SpanRecorder

	mu      sync.Mutex // owns parents
	parents []string
}

func startTold(t *testing.T, sim network.Network) *toldServer {
	t.Helper()
	s := &toldServer{recorded: tracetest.NewSpanRecorder()}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.recorded))
	s.Server = remoting.NewServer(remoting.ServerConfig{
		Addr: simAddr, Network: sim, Component: observ.NewComponent(drawing{provider, func() bool { return true }}),
	})
	s.RegisterProcessor(protocol.HeartBeat, remoting.ProcessorFunc(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		s.mu.Lock()
		s.parents = append(s.parents, rc.Request.ExtFields.Get(observ.TraceParent))
		s.mu.Unlock()
		return echo(ctx, rc)
	}), remoting.NewExecutor("heartbeat", 4, 1000))
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// told is how many requests said that their traces are refused, and how many named a span.
func (s *toldServer) told() (refusals, spans int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, parent := range s.parents {
		switch {
		case observ.IsRefusal(parent):
			refusals++
		case parent != "":
			spans++
		}
	}
	return refusals, spans
}

// caller makes calls within entry steps of which those are recorded that it is told to.
type caller struct {
	*remoting.Client
	component *observ.Component
	record    atomic.Bool
}

func newCaller(t *testing.T, config remoting.ClientConfig) *caller {
	t.Helper()
	c := &caller{Client: remoting.NewClient(config)}
	c.component = observ.NewComponent(drawing{sdktrace.NewTracerProvider(), c.record.Load})
	t.Cleanup(c.Shutdown)
	return c
}

var stepCall = observ.Define(observ.Op{ID: "test.call"})

func (c *caller) call(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ctx, step := c.component.Start(ctx, stepCall)
	defer step.End(nil)
	if _, err := c.InvokeSync(ctx, simAddr, protocol.NewRequest(protocol.HeartBeat, nil)); err != nil {
		t.Error(err)
	}
}

// A refusal is said once on each connection, and holds for what says nothing after it; a trace that is recorded is always said.
func TestRefusalIsSaidOncePerConnection(t *testing.T) {
	sim := network.NewSim()
	server, client := startTold(t, sim), newCaller(t, remoting.ClientConfig{Network: sim})
	for range 5 {
		client.call(t)
	}
	client.record.Store(true)
	client.call(t)
	client.record.Store(false)
	client.call(t)
	if refusals, spans := server.told(); refusals != 1 || spans != 1 {
		t.Errorf("%d refusals and %d spans on one connection, want one of each", refusals, spans)
	}
	if n := len(server.recorded.Started()); n != 1 {
		t.Errorf("the server recorded %d requests, want the one that the caller did", n)
	}

	again := newCaller(t, remoting.ClientConfig{Network: sim})
	again.call(t)
	if refusals, _ := server.told(); refusals != 2 {
		t.Errorf("%d refusals on two connections", refusals)
	}
}

// Whichever of many calls comes first says it, so the server is left to decide over none.
func TestRefusalComesFirst(t *testing.T) {
	for range 50 {
		sim := network.NewSim()
		server, client := startTold(t, sim), newCaller(t, remoting.ClientConfig{Network: sim})
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() { client.call(t) })
		}
		calls.Wait()
		if n := len(server.recorded.Started()); n != 0 {
			t.Fatalf("the server recorded %d requests of traces that the caller refused", n)
		}
		client.Shutdown()
		if err := server.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// Who says nothing leaves it to the server, also beside another connection that said something.
func TestSilenceIsNoRefusal(t *testing.T) {
	sim := network.NewSim()
	server := startTold(t, sim)
	newCaller(t, remoting.ClientConfig{Network: sim}).call(t)
	silent := newCaller(t, remoting.ClientConfig{Network: sim, NoTraceContext: true})
	silent.call(t)
	silent.record.Store(true)
	silent.call(t)
	if refusals, spans := server.told(); refusals != 1 || spans != 0 {
		t.Errorf("%d refusals and %d spans, want one refusal: the other caller keeps its context", refusals, spans)
	}
	if n := len(server.recorded.Started()); n != 2 {
		t.Errorf("the server recorded %d requests, want the two that were left to it", n)
	}
}

// A server's requests to its clients say it as well.
func TestServerSaysRefusals(t *testing.T) {
	sim := network.NewSim()
	recorded := tracetest.NewSpanRecorder()
	client := remoting.NewClient(remoting.ClientConfig{
		Network: sim, Component: observ.NewComponent(drawing{sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorded)), func() bool { return true }}),
	})
	defer client.Shutdown()
	asked := make(chan string, 10)
	client.RegisterProcessor(protocol.HeartBeat, remoting.ProcessorFunc(func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		asked <- rc.Request.ExtFields.Get(observ.TraceParent)
		return protocol.NewResponse(protocol.Success, ""), nil
	}))
	server := startTold(t, sim)
	component := observ.NewComponent(drawing{sdktrace.NewTracerProvider(), func() bool { return false }})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	channels := make(chan *remoting.Channel, 1)
	server.RegisterProcessor(protocol.UnregisterClient, remoting.ProcessorFunc(func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		channels <- rc.Channel
		return protocol.NewResponse(protocol.Success, ""), nil
	}), nil)
	if _, err := client.InvokeSync(ctx, simAddr, protocol.NewRequest(protocol.UnregisterClient, nil)); err != nil {
		t.Fatal(err)
	}
	ch := <-channels
	for i := range 3 {
		refused, _ := component.Start(ctx, stepCall)
		if _, err := server.InvokeSync(refused, ch, protocol.NewRequest(protocol.HeartBeat, nil)); err != nil {
			t.Fatal(err)
		}
		if said := <-asked; (i == 0) != observ.IsRefusal(said) {
			t.Errorf("request %d says %q", i, said)
		}
	}
	if n := len(recorded.Started()); n != 0 {
		t.Errorf("the client recorded %d of the server's requests", n)
	}
}
