package namesrv_test

import (
	"context"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/namesrv"
	"github.com/plumemq/plume/namesrv/processor"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// A name server's whole life as its spans tell it: a broker registers, a client asks, the broker's connection ends.
func TestSpans(t *testing.T) {
	rec := spantest.NewRecorder()
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort = 0
	ns, err := namesrv.New(cfg, namesrv.Deps{TracerProvider: rec.Provider("namesrv")})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer ns.Shutdown(context.Background())

	broker := connect(t, ns.Addr().String())
	broker.register("a", "10.0.0.1:1", "T", "U")
	client := connect(t, ns.Addr().String())
	client.ask(protocol.Success, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T"}, nil)
	client.ask(protocol.TopicNotExist, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "Nobody's"}, nil)
	broker.client.CloseChannel(ns.Addr().String())
	rec.WaitNamed(t, "unRegisterBroker")
	rec.WaitNamed(t, "onChannelDestroy")                                      // which only asks for it, and may end later
	rec.WaitFor(t, "all three requests", func([]sdktrace.ReadOnlySpan) bool { // a SERVER span may end just after its answer was read
		return len(rec.Named("REGISTER_BROKER"))+len(rec.Named("GET_ROUTEINFO_BY_TOPIC")) == 3
	})
	spantest.Golden(t, "life", spantest.RenderTree(rec.Spans()))

	for _, s := range rec.Named("pickupTopicRouteData") {
		waited := false
		for _, kv := range s.Attributes() {
			waited = waited || kv.Key == "rocketmq.lock.wait_us"
		}
		if !waited {
			t.Error("pickupTopicRouteData does not say how long it waited for the lock")
		}
	}
	if events := rec.Named("registerBroker")[0].Events(); len(events) != 1 || events[0].Name != "rwlock.write.acquired" {
		t.Errorf("registerBroker has events %v", events)
	}
	checkFuncs(t, append(processor.Steps(), routeinfo.Steps()...))
}

// A broker that falls silent is taken out by a scan, in a trace of its own.
func TestScanSpans(t *testing.T) {
	rec := spantest.NewRecorder()
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort, cfg.ScanNotActiveBrokerInterval = 0, 5*time.Millisecond
	ns, err := namesrv.New(cfg, namesrv.Deps{TracerProvider: rec.Provider("namesrv")})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer ns.Shutdown(context.Background())
	h := brokerHeader("a", "10.0.0.1:1")
	h.HeartbeatTimeoutMillis = 1
	connect(t, ns.Addr().String()).tell(protocol.RegisterBroker, h, topics(1, "T", "U").Encode()) // the scan may be before an answer
	rec.WaitNamed(t, "unRegisterBroker")
	scan := rec.WaitNamed(t, "scanNotActiveBroker").SpanContext().TraceID()
	spantest.Golden(t, "scan", spantest.RenderTree(rec.Trace(scan)))
	checkFuncs(t, routeinfo.Steps())
}

// checkFuncs holds each step that ran against the symbol it claims.
func checkFuncs(t *testing.T, ops []*observ.Op) {
	t.Helper()
	for _, op := range ops {
		if loc, ok := op.Located(); ok && loc.Function != "github.com/plumemq/plume/"+op.Func {
			t.Errorf("%s ran in %s, says %s", op.ID, loc.Function, op.Func)
		}
	}
}
