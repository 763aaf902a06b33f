package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collectorlogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

// peer is an OTLP receiver that keeps everything, over gRPC or over HTTP.
type peer struct {
	collectorpb.UnimplementedTraceServiceServer
	mu      sync.Mutex
	headers http.Header
	batches int
	spans   []*tracepb.ResourceSpans
	logs    []*logspb.ResourceLogs
	encoded string // the body's content encoding, over HTTP
}

func (p *peer) Export(ctx context.Context, req *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	p.take(http.Header(md), req.GetResourceSpans(), nil)
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

func (p *peer) take(h http.Header, spans []*tracepb.ResourceSpans, logs []*logspb.ResourceLogs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.headers, p.spans, p.logs = h, append(p.spans, spans...), append(p.logs, logs...)
	p.batches++
}

type logPeer struct {
	collectorlogspb.UnimplementedLogsServiceServer
	*peer
}

func (p logPeer) Export(_ context.Context, req *collectorlogspb.ExportLogsServiceRequest) (*collectorlogspb.ExportLogsServiceResponse, error) {
	p.take(nil, nil, req.GetResourceLogs())
	return &collectorlogspb.ExportLogsServiceResponse{}, nil
}

// overGRPC is a peer on a free port.
func overGRPC(t *testing.T) (*peer, string) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, srv := &peer{}, grpc.NewServer()
	collectorpb.RegisterTraceServiceServer(srv, p)
	collectorlogspb.RegisterLogsServiceServer(srv, logPeer{peer: p})
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return p, lis.Addr().String()
}

// overHTTP is a peer that speaks protobuf over HTTP.
func overHTTP(t *testing.T) (*peer, string) {
	t.Helper()
	p := &peer{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		encoded := r.Header.Get("Content-Encoding")
		p.mu.Lock()
		p.encoded = encoded
		p.mu.Unlock()
		var spans collectorpb.ExportTraceServiceRequest
		var logs collectorlogspb.ExportLogsServiceRequest
		switch r.URL.Path {
		case "/v1/traces":
			if encoded == "" && proto.Unmarshal(body, &spans) != nil {
				http.Error(w, "not protobuf", http.StatusBadRequest)
			}
		case "/v1/logs":
			if proto.Unmarshal(body, &logs) != nil {
				http.Error(w, "not protobuf", http.StatusBadRequest)
			}
		default:
			http.NotFound(w, r)
		}
		p.take(r.Header, spans.GetResourceSpans(), logs.GetResourceLogs())
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(srv.Close)
	return p, srv.Listener.Addr().String()
}

// all are the spans that came, and resource the attributes of the first's resource.
func (p *peer) all() (spans []*tracepb.Span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rs := range p.spans {
		for _, ss := range rs.GetScopeSpans() {
			spans = append(spans, ss.GetSpans()...)
		}
	}
	return spans
}

func (p *peer) resource(key string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rs := range p.spans {
		for _, kv := range rs.GetResource().GetAttributes() {
			if kv.GetKey() == key {
				return kv.GetValue().GetStringValue()
			}
		}
	}
	return ""
}

// work records five traces of one span with three attributes, three events and three links, and flushes.
func work(t *testing.T, p *telemetry.Providers) {
	t.Helper()
	tracer := p.TracerProvider().Tracer("test")
	three := []attribute.KeyValue{attribute.String("a", "long enough"), attribute.String("b", "long enough"), attribute.String("c", "long enough")}
	for range 5 {
		if root, ok := p.TracerProvider().(observ.RootSampler); ok && !root.SampleRoot() {
			continue // as a Component does
		}
		var links []trace.Link
		for range 3 {
			links = append(links, trace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}), Attributes: three})
		}
		_, span := tracer.Start(t.Context(), "work", trace.WithAttributes(three...), trace.WithLinks(links...))
		for range 3 {
			span.AddEvent("e", trace.WithAttributes(three...))
		}
		span.End()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := p.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// clear removes every OTEL_ variable.
func clear(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		if key, _, _ := strings.Cut(kv, "="); strings.HasPrefix(key, "OTEL_") {
			t.Setenv(key, "")
		}
	}
}

// Every variable that docs/telemetry.md calls honoured, over gRPC unless it says otherwise. "ADDR" stands for the receiver's address.
func TestVariables(t *testing.T) {
	attrs := func(s *tracepb.Span) int { return len(s.GetAttributes()) }
	for _, tt := range []struct {
		name  string
		http  bool
		env   map[string]string // OTEL_EXPORTER_OTLP_ENDPOINT is http://ADDR unless it is here
		check func(p *peer) (ok bool, saw any)
	}{
		{"nothing else", false, nil, func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", false, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://ADDR"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", true, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", true, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_PROTOCOL grpc", false, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_INSECURE", false, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "ADDR", "OTEL_EXPORTER_OTLP_INSECURE": "true"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_EXPORTER_OTLP_HEADERS", false, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "who=me"},
			func(p *peer) (bool, any) {
				return strings.Join(metadata.MD(p.headers).Get("who"), "") == "me", p.headers
			}},
		{"OTEL_EXPORTER_OTLP_HEADERS over HTTP", true, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS": "who=me"},
			func(p *peer) (bool, any) { return p.headers.Get("who") == "me", p.headers }},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", true, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"},
			func(p *peer) (bool, any) { return p.encoded == "gzip", p.encoded }},
		{"OTEL_SERVICE_NAME", false, map[string]string{"OTEL_SERVICE_NAME": "theirs"},
			func(p *peer) (bool, any) { return p.resource("service.name") == "theirs", p.resource("service.name") }},
		{"OTEL_RESOURCE_ATTRIBUTES", false, map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=demo,service.namespace=shop"},
			func(p *peer) (bool, any) {
				return p.resource("deployment.environment.name") == "demo" && p.resource("service.namespace") == "shop", p.spans
			}},
		{"the host's name", false, nil,
			func(p *peer) (bool, any) {
				host, err := os.Hostname()
				return err == nil && p.resource("host.name") == host, p.resource("host.name")
			}},
		{"OTEL_RESOURCE_ATTRIBUTES over the host's name", false, map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "host.name=theirs"},
			func(p *peer) (bool, any) { return p.resource("host.name") == "theirs", p.resource("host.name") }},
		{"OTEL_SDK_DISABLED", false, map[string]string{"OTEL_SDK_DISABLED": "true"}, func(p *peer) (bool, any) { return p.batches == 0, p.batches }},
		{"OTEL_TRACES_EXPORTER", false, map[string]string{"OTEL_TRACES_EXPORTER": "none"}, func(p *peer) (bool, any) { return p.batches == 0, p.batches }},
		{"OTEL_TRACES_SAMPLER", false, map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}, func(p *peer) (bool, any) { return p.batches == 0, p.batches }},
		{"OTEL_TRACES_SAMPLER parentbased_traceidratio", false, map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
			func(p *peer) (bool, any) { return p.batches == 0, p.batches }},
		{"OTEL_TRACES_SAMPLER_ARG", false, map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1"},
			func(p *peer) (bool, any) { return len(p.all()) == 5, len(p.all()) }},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", false, map[string]string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"}, func(p *peer) (bool, any) { return p.batches == 5, p.batches }},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", false, map[string]string{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "2"},
			func(p *peer) (bool, any) { return attrs(p.all()[0]) == 2, p.all()[0] }},
		{"OTEL_ATTRIBUTE_COUNT_LIMIT", false, map[string]string{"OTEL_ATTRIBUTE_COUNT_LIMIT": "1"},
			func(p *peer) (bool, any) { return attrs(p.all()[0]) == 1, p.all()[0] }},
		{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", false, map[string]string{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "4"},
			func(p *peer) (bool, any) {
				return p.all()[0].GetAttributes()[0].GetValue().GetStringValue() == "long", p.all()[0]
			}},
		{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", false, map[string]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "4"},
			func(p *peer) (bool, any) {
				return p.all()[0].GetAttributes()[0].GetValue().GetStringValue() == "long", p.all()[0]
			}},
		{"OTEL_SPAN_EVENT_COUNT_LIMIT", false, map[string]string{"OTEL_SPAN_EVENT_COUNT_LIMIT": "1"},
			func(p *peer) (bool, any) { return len(p.all()[0].GetEvents()) == 1, p.all()[0] }},
		{"OTEL_SPAN_LINK_COUNT_LIMIT", false, map[string]string{"OTEL_SPAN_LINK_COUNT_LIMIT": "2"},
			func(p *peer) (bool, any) { return len(p.all()[0].GetLinks()) == 2, p.all()[0] }},
		{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", false, map[string]string{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "1"},
			func(p *peer) (bool, any) {
				return len(p.all()[0].GetEvents()[0].GetAttributes()) == 1, p.all()[0]
			}},
		{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", false, map[string]string{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": "1"},
			func(p *peer) (bool, any) { return len(p.all()[0].GetLinks()[0].GetAttributes()) == 1, p.all()[0] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(t)
			p, addr := overGRPC(t)
			if tt.http {
				p, addr = overHTTP(t)
			}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+addr)
			for key, value := range tt.env {
				t.Setenv(key, strings.ReplaceAll(value, "ADDR", addr))
			}
			work(t, setup(t, telemetry.Options{}))
			if ok, saw := tt.check(p); !ok {
				t.Errorf("it came to %v", saw)
			}
		})
	}
}

// OTEL_BSP_SCHEDULE_DELAY and OTEL_BSP_MAX_QUEUE_SIZE cannot be seen in what arrives at the end.
func TestBatchVariables(t *testing.T) {
	clear(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
	arrived := make(chan struct{}, 10)
	p := setup(t, telemetry.Options{Exporters: []sdktrace.SpanExporter{notify(func() { arrived <- struct{}{} })}})
	_, span := p.TracerProvider().Tracer("x").Start(t.Context(), "quick")
	span.End()
	select {
	case <-arrived:
	case <-time.After(3 * time.Second): // the SDK's own delay is 5 s
		t.Error("OTEL_BSP_SCHEDULE_DELAY has no effect")
	}
	do(t, p, 0)

	clear(t)
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
	stuck := make(chan struct{})
	p = setup(t, telemetry.Options{Exporters: []sdktrace.SpanExporter{notify(func() { <-stuck })}})
	c := observ.NewComponent(p.TracerProvider())
	for range 100 {
		_, s := c.Start(t.Context(), step)
		s.End(nil)
	}
	close(stuck)
	do(t, p, 0)
	if p.Dropped() < 90 {
		t.Errorf("OTEL_BSP_MAX_QUEUE_SIZE has no effect: %d dropped", p.Dropped())
	}
}

// notify is an exporter that calls a function.
type notify func()

func (n notify) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { n(); return nil }
func (notify) Shutdown(context.Context) error                               { return nil }

func TestWhatIsNotHonouredIsSaid(t *testing.T) {
	clear(t)
	if w := telemetry.Warnings(); len(w) != 0 {
		t.Errorf("with nothing set: %v", w)
	}
	for key, value := range map[string]string{"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_LOGS_EXPORTER": "console", "OTEL_PROPAGATORS": "b3", "OTEL_CONFIG_FILE": "x.yaml",
		"OTEL_SDK_DISABLED": "yes", "OTEL_EXPORTER_OTLP_COMPRESSION": "zstd", "OTEL_BSP_SCHEDULE_DELAY": "5s", "OTEL_BSP_MAX_QUEUE_SIZE": "-4"} {
		t.Setenv(key, value)
		if w := telemetry.Warnings(); len(w) != 1 || !strings.Contains(w[0], key) {
			t.Errorf("%s=%s: %v", key, value, w)
		}
		t.Setenv(key, "")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	if _, err := telemetry.Setup(t.Context(), telemetry.Options{}); !errors.Is(err, telemetry.ErrProtocol) {
		t.Errorf("http/json: %v", err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "no-such.pem")
	if _, err := telemetry.Setup(t.Context(), telemetry.Options{}); !errors.Is(err, telemetry.ErrCertificate) {
		t.Errorf("a certificate that is not there: %v", err)
	}
}

func TestPropagators(t *testing.T) {
	for list, want := range map[string]bool{"": true, "none": false, "tracecontext": true, "b3, tracecontext": true, "baggage": false} {
		t.Setenv("OTEL_PROPAGATORS", list)
		if got := telemetry.Propagates(); got != want {
			t.Errorf("%q: %v", list, got)
		}
	}
	c := observ.NewComponent(sdktrace.NewTracerProvider())
	c.SetPropagation(false)
	ctx, s := c.Start(t.Context(), step)
	defer s.End(nil)
	h := carrier{}
	observ.Inject(ctx, h)
	if len(h) != 0 {
		t.Errorf("written all the same: %v", h)
	}
	h.Set(observ.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if _, sc := c.Extract(t.Context(), h); sc.IsValid() {
		t.Errorf("read all the same: %v", sc)
	}
}

type carrier map[string]string

func (c carrier) Get(key string) string { return c[key] }
func (c carrier) Set(key, value string) { c[key] = value }

// Lines of the log go to the receiver as records with their span, events with their names; the same lines stay here, too.
func TestLogsOverOTLP(t *testing.T) {
	for name, tt := range map[string]struct {
		http bool
		env  map[string]string
		opts telemetry.Options
		want bool
	}{
		"OTEL_LOGS_EXPORTER":               {false, map[string]string{"OTEL_LOGS_EXPORTER": "otlp"}, telemetry.Options{}, true},
		"option":                           {false, nil, telemetry.Options{OTLPLogs: true}, true},
		"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": {true, map[string]string{"OTEL_LOGS_EXPORTER": "otlp", "OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/protobuf"}, telemetry.Options{}, true},
		"not asked for":                    {false, nil, telemetry.Options{}, false},
		"OTEL_SDK_DISABLED":                {false, map[string]string{"OTEL_LOGS_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, telemetry.Options{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			clear(t)
			p, addr := overGRPC(t)
			if tt.http {
				p, addr = overHTTP(t)
			}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+addr)
			for key, value := range tt.env {
				t.Setenv(key, value)
			}
			providers := setup(t, tt.opts)
			var here bytes.Buffer
			own, err := telemetry.NewLogger(telemetry.LogOptions{Format: "json", Level: zapcore.DebugLevel, Output: &here})
			if err != nil {
				t.Fatal(err)
			}
			log := providers.Tee(own, zapcore.DebugLevel)
			c := observ.NewComponent(sdktrace.NewTracerProvider())
			c.SendEvents(log, false)
			ctx, s := c.Start(t.Context(), step)
			observ.Logger(ctx, log).Warn("inside", zap.String("topic", "T"))
			s.Event("lock.acquired", observ.Int("wait", 3))
			s.End(nil)
			log.Info("outside")
			do(t, providers, 0)
			checkLines(t, here.String(), s.SpanContext())
			checkRecords(t, p, s.SpanContext(), tt.want)
		})
	}
}

func checkLines(t *testing.T, lines string, sc trace.SpanContext) {
	t.Helper()
	all := strings.Split(strings.TrimSpace(lines), "\n")
	if len(all) != 3 {
		t.Fatalf("lines here:\n%s", lines)
	}
	ids := `"trace_id":"` + sc.TraceID().String() + `","span_id":"` + sc.SpanID().String() + `"`
	if !strings.Contains(all[0], ids) || !strings.Contains(all[1], ids) || strings.Contains(all[2], "trace_id") {
		t.Errorf("lines here:\n%s", lines)
	}
	if !strings.Contains(all[1], `"level":"debug"`) || !strings.Contains(all[1], `"event.name":"lock.acquired","wait":3`) {
		t.Errorf("the event: %s", all[1])
	}
}

func checkRecords(t *testing.T, p *peer, sc trace.SpanContext, want bool) {
	t.Helper()
	var records []*logspb.LogRecord
	for _, rl := range p.logs {
		for _, sl := range rl.GetScopeLogs() {
			records = append(records, sl.GetLogRecords()...)
		}
	}
	if !want {
		if len(records) != 0 {
			t.Errorf("%d records arrived", len(records))
		}
		return
	}
	if len(records) != 3 {
		t.Fatalf("%d records arrived", len(records))
	}
	traceID, spanID := sc.TraceID(), sc.SpanID()
	inside, event, outside := records[0], records[1], records[2]
	if inside.GetBody().GetStringValue() != "inside" || !bytes.Equal(inside.GetTraceId(), traceID[:]) || !bytes.Equal(inside.GetSpanId(), spanID[:]) ||
		inside.GetFlags() != 1 || len(inside.GetAttributes()) != 1 || inside.GetSeverityNumber() != logspb.SeverityNumber_SEVERITY_NUMBER_WARN {
		t.Errorf("inside: %v", inside)
	}
	if event.GetEventName() != "lock.acquired" || !bytes.Equal(event.GetSpanId(), spanID[:]) || len(event.GetAttributes()) != 1 {
		t.Errorf("event: %v", event)
	}
	if len(outside.GetTraceId()) != 0 || outside.GetSeverityNumber() != logspb.SeverityNumber_SEVERITY_NUMBER_INFO {
		t.Errorf("outside: %v", outside)
	}
}
