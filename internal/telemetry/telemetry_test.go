package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/tracestore"
)

var step = observ.Define(observ.Op{ID: "test.step", Func: "internal/telemetry.x"})

// clean removes what the surroundings of the test may have set.
func clean(t *testing.T) {
	t.Helper()
	for _, key := range []string{
		"OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_TRACES_EXPORTER",
	} {
		t.Setenv(key, "")
	}
}

// do records n steps and flushes.
func do(t *testing.T, p *telemetry.Providers, n int) {
	t.Helper()
	c := observ.NewComponent(p.TracerProvider())
	for range n {
		_, s := c.Start(t.Context(), step)
		s.End(nil)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.Shutdown(ctx); err != nil && p.Dropped() == 0 {
		t.Fatal(err)
	}
}

func setup(t *testing.T, opts telemetry.Options) *telemetry.Providers {
	t.Helper()
	p, err := telemetry.Setup(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// receiver is an OTLP receiver on a free port.
func receiver(t *testing.T) (*tracestore.Store, string) {
	t.Helper()
	store := tracestore.New(tracestore.Config{})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := tracestore.NewGRPCServer(store)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return store, lis.Addr().String()
}

func TestNothingConfiguredMeansNoTracing(t *testing.T) {
	clean(t)
	p := setup(t, telemetry.Options{ServiceName: "x"})
	if p.Enabled() {
		t.Error("tracing is on")
	}
	_, s := observ.NewComponent(p.TracerProvider()).Start(t.Context(), step)
	if s.On() {
		t.Error("a step recorded")
	}
	do(t, p, 1)
}

func TestSDKDisabledWins(t *testing.T) {
	clean(t)
	t.Setenv("OTEL_SDK_DISABLED", "true")
	if setup(t, telemetry.Options{OTLPEndpoint: "127.0.0.1:1"}).Enabled() {
		t.Error("tracing is on in spite of OTEL_SDK_DISABLED")
	}
}

func TestExportsOverOTLP(t *testing.T) {
	for name, endpoint := range map[string]func(addr string, o *telemetry.Options){
		"option":     func(addr string, o *telemetry.Options) { o.OTLPEndpoint = addr },
		"option URL": func(addr string, o *telemetry.Options) { o.OTLPEndpoint = "http://" + addr },
		"environment": func(addr string, _ *telemetry.Options) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+addr)
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "who=me")
		},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			store, addr := receiver(t)
			opts := telemetry.Options{ServiceName: "a-service", ServiceInstanceID: "1", ServiceVersion: "v9"}
			endpoint(addr, &opts)
			p := setup(t, opts)
			do(t, p, 3)
			if got := store.List(tracestore.Filter{Service: "a-service"}); len(got) != 3 {
				t.Errorf("%d traces arrived, want 3", len(got))
			}
			if p.Dropped() != 0 {
				t.Errorf("%d dropped", p.Dropped())
			}
		})
	}
}

func TestServiceName(t *testing.T) {
	for _, c := range []struct {
		env, attrs string
		pin        bool
		want       string
	}{
		{"", "", false, "own"},
		{"theirs", "", false, "theirs"},
		{"", "service.name=attr,team=x", false, "attr"},
		{"theirs", "", true, "own"},
	} {
		clean(t)
		t.Setenv("OTEL_SERVICE_NAME", c.env)
		t.Setenv("OTEL_RESOURCE_ATTRIBUTES", c.attrs)
		store := tracestore.New(tracestore.Config{})
		do(t, setup(t, telemetry.Options{ServiceName: "own", PinServiceName: c.pin, Exporters: []sdktrace.SpanExporter{store.Exporter()}}), 1)
		if got := store.Services(); len(got) != 1 || got[0] != c.want {
			t.Errorf("%+v: services %v", c, got)
		}
	}
}

func TestSamplerFromTheEnvironment(t *testing.T) {
	clean(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	store := tracestore.New(tracestore.Config{})
	do(t, setup(t, telemetry.Options{Exporters: []sdktrace.SpanExporter{store.Exporter()}}), 5)
	if n := store.Stats().Traces; n != 0 {
		t.Errorf("%d traces with always_off", n)
	}
}

// broken is an exporter whose receiver is away.
type broken struct{}

func (broken) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return errors.New("away") }
func (broken) Shutdown(context.Context) error                             { return nil }

func TestDroppedCountsWhatNobodyTook(t *testing.T) {
	clean(t)
	p := setup(t, telemetry.Options{Exporters: []sdktrace.SpanExporter{broken{}}})
	do(t, p, 7)
	if p.Dropped() != 7 {
		t.Errorf("dropped %d, want 7", p.Dropped())
	}
}

func TestBatchDelayIsShort(t *testing.T) {
	clean(t)
	store := tracestore.New(tracestore.Config{})
	sub := store.Subscribe()
	defer sub.Close()
	p := setup(t, telemetry.Options{BatchDelay: 10 * time.Millisecond, Exporters: []sdktrace.SpanExporter{store.Exporter()}})
	_, span := p.TracerProvider().Tracer("x").Start(t.Context(), "quick", trace.WithNewRoot())
	span.End()
	select {
	case <-sub.Ready():
	case <-time.After(3 * time.Second): // the SDK's own delay is 5 s
		t.Error("the span did not come at once")
	}
	do(t, p, 0)
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(telemetry.LogOptions{Format: "json", Level: zapcore.InfoLevel, Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("unheard")
	log.Info("heard", zap.Int("n", 1))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["msg"] != "heard" || line["n"] != 1.0 {
		t.Errorf("%s: %v", out.String(), err)
	}
	out.Reset()
	if log, err = telemetry.NewLogger(telemetry.LogOptions{Output: &out}); err != nil {
		t.Fatal(err)
	}
	log.Warn("for people")
	if !strings.Contains(out.String(), "WARN\tfor people") {
		t.Errorf("console: %q", out.String())
	}
	if _, err := telemetry.NewLogger(telemetry.LogOptions{Format: "xml"}); !errors.Is(err, telemetry.ErrLogFormat) {
		t.Errorf("xml: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	w := httptest.NewRecorder()
	telemetry.MetricsHandler(telemetry.NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(w.Body.String(), "go_goroutines ") {
		t.Errorf("no Go runtime metrics in %.200s", w.Body)
	}
}
