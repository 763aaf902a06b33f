package demo_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/tracestore"
)

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
}

// Everything goes on to the receiver that --forward names: the demo's own spans, and those that another program sent to the demo.
func TestForwardPassesAllSpansOn(t *testing.T) {
	far := tracestore.New(tracestore.Config{})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := tracestore.NewGRPCServer(far)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)

	cfg := freePorts()
	cfg.Forward, cfg.OTLPGRPCPort, cfg.OTLPHTTPPort = lis.Addr().String(), freePort(t), -1
	d := start(t, cfg)
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint("127.0.0.1:"+strconv.Itoa(cfg.OTLPGRPCPort)), otlptracegrpc.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	other := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	_, span := other.Tracer("x").Start(t.Context(), "somebody else's")
	span.End()
	if err := other.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, d, "the other program's span", func(tr *tracestore.Trace) bool { return tr.ID == span.SpanContext().TraceID() })

	sub := far.Subscribe()
	defer sub.Close()
	patience := time.After(20 * time.Second)
	for {
		_, foreign := far.Trace(span.SpanContext().TraceID())
		services := strings.Join(far.Services(), " ")
		if foreign && strings.Contains(services, "broker-a") && strings.Contains(services, "consumer") &&
			strings.Contains(services, "namesrv") && strings.Contains(services, "producer") {
			return
		}
		select {
		case <-sub.Ready():
			sub.Take()
		case <-patience:
			t.Fatalf("forwarded: services %s, the other program's %v", services, foreign)
		}
	}
}

// A receiver that is away costs its spans and a moment at the end, not a clean stop.
func TestStopsWhenNobodyTakesItsSpans(t *testing.T) {
	cfg := freePorts()
	cfg.Forward = "127.0.0.1:" + strconv.Itoa(freePort(t))
	core, told := observer.New(zapcore.ErrorLevel)
	cfg.Logger = zap.New(core)
	d, err := demo.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := d.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 20*time.Second { // an export alone tries for 30
		t.Errorf("it took %s", took)
	}
	if told.FilterMessage("spans lost at the end").Len() == 0 {
		t.Errorf("nobody was told of lost spans: %v", told.All())
	}
}

func TestForwardToItselfIsRefused(t *testing.T) {
	cfg := freePorts()
	cfg.OTLPGRPCPort = freePort(t)
	cfg.Forward = "http://localhost:" + strconv.Itoa(cfg.OTLPGRPCPort)
	if d, err := demo.Start(t.Context(), cfg); !errors.Is(err, demo.ErrForwardToSelf) {
		t.Errorf("%v, %v", d, err)
	}
}

// The selector changes the level of all parts, from the next message on.
func TestDetailChangesAtRunTime(t *testing.T) {
	d := start(t, freePorts())
	tok := token.FindStringSubmatch(get(t, d.URL()+"/"))[1]
	post := func(path string, form url.Values, accept string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL()+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Plume-Token", tok)
		r.Header.Set("Accept", accept)
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode >= 400 {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
		}
		return string(body)
	}
	for level, want := range map[string]int{"semconv": 0, "steps": 1} {
		post("/detail", url.Values{"level": {level}}, "")
		if got := strings.TrimSpace(get(t, d.URL()+"/detail")); got != level {
			t.Errorf("level %s, want %s", got, level)
		}
		answer := post("/send", url.Values{"mode": {"sync"}}, "application/json")
		_, rest, _ := strings.Cut(answer, `"trace":"`)
		id, ok := tracestore.ParseTraceID(rest[:min(32, len(rest))])
		if !ok {
			t.Fatal(answer)
		}
		tr := await(t, d, level+" trace", func(tr *tracestore.Trace) bool {
			return tr.ID == id && tr.Complete && tr.ByStep("consumer.process") != nil
		})
		kernel := 0
		for _, s := range tr.Spans {
			if s.Step() == "producer.sendKernelImpl" {
				kernel++
			}
		}
		if kernel != want || tr.ByStep("remoting.server.SEND_MESSAGE_V2") == nil {
			t.Errorf("%s: %d spans, %d of sendKernelImpl, want %d", level, len(tr.Spans), kernel, want)
		}
	}
}
