package remoting_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// traced runs one call of f within an entry step, over a simulated network, and returns all spans by rocketmq.step.
func traced(t *testing.T, f func(ctx context.Context, client *remoting.Client)) map[string]sdktrace.ReadOnlySpan {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	component := observ.NewComponent(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)))
	sim := network.NewSim()
	server := remoting.NewServer(remoting.ServerConfig{Addr: simAddr, Network: sim, Component: component})
	server.RegisterProcessor(protocol.HeartBeat, remoting.ProcessorFunc(echo), remoting.NewExecutor("heartbeat", 1, 10))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := remoting.NewClient(remoting.ClientConfig{Network: sim})
	entry := observ.Define(observ.Op{ID: "test.entry"})
	ctx, step := component.Start(context.Background(), entry)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	f(ctx, client)
	step.End(nil)
	client.Shutdown()
	if err := server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	spans := map[string]sdktrace.ReadOnlySpan{}
	for _, s := range recorder.Ended() {
		spans[attr(s, "rocketmq.step").AsString()] = s
	}
	if started := len(recorder.Started()); started != len(spans) {
		t.Errorf("%d spans started, %d ended", started, len(spans))
	}
	return spans
}

func attr(s sdktrace.ReadOnlySpan, key string) attribute.Value {
	for _, kv := range s.Attributes() {
		if string(kv.Key) == key {
			return kv.Value
		}
	}
	return attribute.Value{}
}

func events(s sdktrace.ReadOnlySpan) string {
	var names []string
	for _, e := range s.Events() {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

// checkTree: each step is the child of the one before it.
func checkTree(t *testing.T, spans map[string]sdktrace.ReadOnlySpan, ids ...string) {
	t.Helper()
	for i, id := range ids {
		s := spans[id]
		if s == nil {
			t.Fatalf("no span %s", id)
		}
		if i > 0 && s.Parent().SpanID() != spans[ids[i-1]].SpanContext().SpanID() {
			t.Errorf("%s is no child of %s", id, ids[i-1])
		}
		fn := attr(s, "code.function.name").AsString()
		if i > 0 && !strings.Contains(fn, "/remoting.(*") {
			t.Errorf("%s: code.function.name %q", id, fn)
		}
	}
}

// checkLocations: every step that has run did so in the function that its Op names.
func checkLocations(t *testing.T) {
	t.Helper()
	for _, op := range remoting.Steps() {
		if loc, ok := op.Located(); ok && loc.Function != "github.com/plumemq/plume/"+op.Func {
			t.Errorf("%s ran in %s, not in %s", op.ID, loc.Function, op.Func)
		}
	}
}

func TestSpansOfASyncCall(t *testing.T) {
	spans := traced(t, func(ctx context.Context, client *remoting.Client) {
		if _, err := client.InvokeSync(ctx, simAddr, request("")); err != nil {
			t.Fatal(err)
		}
	})
	checkTree(t, spans, "test.entry", "remoting.invokeSync", "remoting.client.HEART_BEAT", "remoting.server.HEART_BEAT")
	checkTree(t, spans, "test.entry", "remoting.invokeSync", "remoting.getAndCreateChannel")
	checkLocations(t)
	call, served := spans["remoting.client.HEART_BEAT"], spans["remoting.server.HEART_BEAT"]
	if got := events(call); got != "responseTable.put flushed response.matched" {
		t.Errorf("events: %s", got)
	}
	if call.Name() != "HEART_BEAT" || call.SpanKind() != trace.SpanKindClient || served.SpanKind() != trace.SpanKindServer {
		t.Errorf("%s %v, %v", call.Name(), call.SpanKind(), served.SpanKind())
	}
	if attr(served, "rocketmq.executor").AsString() != "heartbeat" || attr(served, "rocketmq.queue.wait_us").AsInt64() < 0 {
		t.Error("the SERVER span lacks its executor")
	}
	for _, s := range []sdktrace.ReadOnlySpan{call, served} {
		for key, want := range map[string]string{
			"rpc.system.name": "rocketmq", "rpc.method": "HEART_BEAT", "rpc.response.status_code": "SUCCESS", "rocketmq.serialize": "JSON",
		} {
			if got := attr(s, key).AsString(); got != want {
				t.Errorf("%s of %v: %q", key, s.SpanKind(), got)
			}
		}
		if attr(s, "rocketmq.opaque").AsInt64() == 0 || attr(s, "network.peer.port").AsInt64() == 0 || attr(s, "rocketmq.frame.bytes").AsInt64() == 0 {
			t.Errorf("%v lacks opaque, peer or size", s.SpanKind())
		}
	}
}

func TestSpansOfAsyncAndOnewayCalls(t *testing.T) {
	spans := traced(t, func(ctx context.Context, client *remoting.Client) {
		done := make(chan error, 1)
		err := client.InvokeAsync(ctx, simAddr, request(""), func(_ *protocol.RemotingCommand, err error) { done <- err })
		if err != nil || <-done != nil {
			t.Fatal("async call failed")
		}
	})
	checkTree(t, spans, "test.entry", "remoting.invokeAsync", "remoting.client.HEART_BEAT", "remoting.server.HEART_BEAT")
	if got := events(spans["remoting.invokeAsync"]); got != "semaphore.acquired" {
		t.Errorf("events: %s", got)
	}
	spans = traced(t, func(ctx context.Context, client *remoting.Client) {
		if err := client.InvokeOneway(ctx, simAddr, request("")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // until the server has read it; nothing says so to the client
	})
	checkTree(t, spans, "test.entry", "remoting.invokeOneway", "remoting.client.HEART_BEAT", "remoting.server.HEART_BEAT")
	if call := spans["remoting.client.HEART_BEAT"]; events(call) != "flushed" || !attr(call, "rocketmq.oneway").AsBool() {
		t.Errorf("events: %s", events(call))
	}
}

func TestSpansOfFailedCalls(t *testing.T) {
	spans := traced(t, func(ctx context.Context, client *remoting.Client) {
		_, _ = client.InvokeSync(ctx, "10.0.0.9:1", request(""))
	})
	for _, id := range []string{"remoting.invokeSync", "remoting.getAndCreateChannel"} {
		if s := spans[id]; s == nil || s.Status().Code.String() != "Error" {
			t.Errorf("%s is not marked failed", id)
		}
	}
	if got := attr(spans["remoting.invokeSync"], "error.type").AsString(); got != "connect" {
		t.Errorf("error.type %q", got)
	}
	spans = traced(t, func(ctx context.Context, client *remoting.Client) {
		_, _ = client.InvokeSync(ctx, simAddr, protocol.NewRequest(4242, nil))
	})
	if got := attr(spans["remoting.server.UNKNOWN"], "error.type").AsString(); got != "REQUEST_CODE_NOT_SUPPORTED" {
		t.Errorf("error.type %q", got)
	}
}

func TestStepsHaveUniqueIDs(t *testing.T) {
	var ids []string
	for _, op := range remoting.Steps() {
		ids = append(ids, op.ID)
	}
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) || n < 200 {
		t.Fatalf("%d ids, %d different", len(ids), n)
	}
}
