package observ_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest/discard"
)

var (
	opEntry = observ.Define(observ.Op{ID: "test.entry", Kind: observ.Producer, Detail: observ.Semconv})
	opInner = observ.Define(observ.Op{ID: "test.inner"})
	opDeep  = observ.Define(observ.Op{ID: "test.deep", Detail: observ.Deep})
)

func recorder(opts ...sdktrace.TracerProviderOption) (*observ.Component, *tracetest.SpanRecorder) {
	rec := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(append(opts, sdktrace.WithSpanProcessor(rec))...)
	return observ.NewComponent(tp), rec
}

// work is one entry step around one inner and one deep step, as a package of Plume would write them.
func work(ctx context.Context, c *observ.Component, fail error) (err error) {
	ctx, step := c.Start(ctx, opEntry, observ.Named("send TopicTest"))
	defer step.End(&err)
	return inner(ctx, fail)
}

func inner(ctx context.Context, fail error) (err error) {
	ctx, step := opInner.Start(ctx)
	defer step.End(&err)
	_, deep := opDeep.Start(ctx)
	deep.End(nil)
	return fail
}

func names(rec *tracetest.SpanRecorder) string {
	var s []string
	for _, span := range rec.Ended() {
		s = append(s, span.Name())
	}
	return strings.Join(s, ",")
}

func TestDetailDecidesWhichStepsShow(t *testing.T) {
	for _, tt := range []struct {
		detail observ.Detail
		want   string
	}{
		{observ.Off, ""},
		{observ.Semconv, "send TopicTest"},
		{observ.Steps, "inner,send TopicTest"},
		{observ.Deep, "deep,inner,send TopicTest"},
	} {
		c, rec := recorder()
		c.SetDetail(tt.detail)
		if err := work(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		if got := names(rec); got != tt.want {
			t.Errorf("%v: spans %q, want %q", tt.detail, got, tt.want)
		}
		if d, ok := observ.ParseDetail(tt.detail.String()); !ok || d != tt.detail {
			t.Errorf("ParseDetail(%q) = %v, %v", tt.detail, d, ok)
		}
	}
}

func TestStepKnowsWhereItRan(t *testing.T) {
	c, rec := recorder()
	_ = work(t.Context(), c, errors.New("no such broker"))
	span := rec.Ended()[0]
	attrs := map[string]string{}
	for _, kv := range span.Attributes() {
		attrs[string(kv.Key)] = kv.Value.String()
	}
	for key, want := range map[string]string{
		"rocketmq.step":      "test.inner",
		"code.function.name": "github.com/plumemq/plume/internal/observ_test.inner",
		"code.file.path":     "internal/observ/observ_test.go",
		"error.type":         "errors.errorString",
	} {
		if attrs[key] != want {
			t.Errorf("%s = %q, want %q", key, attrs[key], want)
		}
	}
	if attrs["code.line.number"] == "0" || attrs["code.line.number"] == "" {
		t.Errorf("code.line.number = %q", attrs["code.line.number"])
	}
	if loc, ok := opInner.Located(); !ok || loc.Function != attrs["code.function.name"] {
		t.Errorf("Located() = %v, %v", loc, ok)
	}
}

func TestUnsampledEntryHidesInnerSteps(t *testing.T) {
	outer, rec := recorder()
	never, _ := recorder(sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, step := outer.Start(t.Context(), opEntry)
	if err := work(ctx, never, nil); err != nil { // a send inside a traced handler, by a producer that is not traced
		t.Fatal(err)
	}
	if !observ.SpanContextOf(ctx).Equal(step.SpanContext()) {
		t.Error("the outer step is no longer current in its own context")
	}
	step.End(nil)
	if got := names(rec); got != "entry" {
		t.Errorf("spans %q, want only the outer entry", got)
	}
}

type carrier map[string]string

func (c carrier) Get(k string) string { return c[k] }
func (c carrier) Set(k, v string)     { c[k] = v }

func TestTraceCrossesACarrier(t *testing.T) {
	c, rec := recorder()
	fields := carrier{}
	observ.Inject(t.Context(), fields)
	if len(fields) != 0 {
		t.Fatalf("injected %v without a recording step", fields)
	}
	ctx, step := c.Start(t.Context(), opEntry)
	observ.Inject(ctx, fields)
	remoteCtx, remote := observ.Extract(context.Background(), fields)
	_, far := c.Start(remoteCtx, opEntry)
	far.End(nil)
	step.End(nil)
	if remote.TraceID() != step.SpanContext().TraceID() || rec.Ended()[0].Parent().SpanID() != step.SpanContext().SpanID() {
		t.Errorf("the far step is not a child of the near one: %v", fields)
	}
	if _, sc := observ.Extract(context.Background(), carrier{observ.TraceParent: "00-junk"}); sc.IsValid() {
		t.Error("junk was taken for a trace context")
	}
}

// rooted decides over new traces.
type rooted struct {
	trace.TracerProvider
	yes bool
}

func (r rooted) SampleRoot() bool { return r.yes }

// What one process does not trace, those that it calls do not either, unless they are told to trace all.
func TestRefusalCrossesACarrier(t *testing.T) {
	caller := observ.NewComponent(rooted{sdktrace.NewTracerProvider(), false})
	ctx, step := caller.Start(t.Context(), opEntry)
	if step.On() {
		t.Fatal("it records")
	}
	if _, inner := caller.Start(ctx, opEntry); inner.On() {
		t.Error("an entry step within it records")
	}
	c := carrier{}
	if !observ.Inject(ctx, c) || len(c) != 0 {
		t.Fatalf("not refused, or wrote %v", c)
	}
	if observ.InjectRefusal(c); len(c) != 1 || c["traceparent"] != "00" || !observ.IsRefusal(c["traceparent"]) {
		t.Fatalf("wrote %v", c)
	}
	if read, sc := observ.Extract(t.Context(), c); sc.IsValid() || read != t.Context() {
		t.Errorf("read as a span: %v", sc)
	}
	parentBased := sdktrace.NewTracerProvider()
	for name, called := range map[string]struct {
		provider trace.TracerProvider
		records  bool
	}{
		"decides over roots": {rooted{parentBased, true}, false}, "parent based": {parentBased, false},
		"traces all": {sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample())), true},
	} {
		component := observ.NewComponent(called.provider)
		draw := component.DrawUnrecorded(t.Context(), opEntry)
		ctx := draw.Context()
		if draw.On() {
			var step observ.Step
			if ctx, step = draw.Start(opEntry.Preset("entry")); step.On() != called.records {
				t.Errorf("%s: records %v", name, step.On())
			}
		} else if called.records {
			t.Errorf("%s: is not to record", name)
		}
		if _, inner := opInner.Start(ctx); inner.On() != called.records {
			t.Errorf("%s: a step within it records %v", name, inner.On())
		}
		if _, step := component.Start(ctx, opEntry, observ.NewRoot()); !step.On() {
			t.Errorf("%s: a trace of its own is not recorded", name)
		}
	}
	caller.SetPropagation(false)
	if observ.Inject(ctx, c) {
		t.Error("it says so without propagation")
	}
	alone := observ.NewComponent(sdktrace.NewTracerProvider())
	alone.SetPropagation(false)
	if draw := alone.DrawUnrecorded(t.Context(), opEntry); !draw.On() {
		t.Error("it is told so without propagation")
	}
}

// A span below one in another process has that as its parent, its decision and its state, whoever makes the span; a root has none of it.
func TestDrawBelow(t *testing.T) {
	const sampled, not = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	preset := opEntry.Preset("entry")
	for name, provider := range map[string]trace.TracerProvider{
		"ours": rooted{discard.Provider(t), true}, "another": rooted{sdktrace.NewTracerProvider(), true}, "the SDK's": sdktrace.NewTracerProvider(),
	} {
		c := observ.NewComponent(provider)
		for _, from := range []carrier{{observ.TraceParent: sampled}, {observ.TraceParent: sampled, observ.TraceState: "vendor=1"}} {
			_, parent := observ.Extract(t.Context(), from)
			draw := c.DrawBelow(context.Background(), opEntry, from)
			ctx, step := draw.Start(preset)
			if sc := step.SpanContext(); sc.TraceID() != parent.TraceID() || sc.TraceState().String() != from[observ.TraceState] || sc.IsRemote() {
				t.Errorf("%s: %v is not below %v", name, sc, parent)
			}
			if _, inner := opInner.Start(ctx); inner.SpanContext().TraceID() != parent.TraceID() {
				t.Errorf("%s: a step within it is not of the trace", name)
			}
			if got := observ.EntrySpanContextOf(ctx); !got.Equal(step.SpanContext()) {
				t.Errorf("%s: the entry is %v", name, got)
			}
			again := c.DrawBelow(context.Background(), opEntry, from)
			if _, root := again.Start(preset, observ.NewRoot()); root.SpanContext().TraceID() == parent.TraceID() {
				t.Errorf("%s: a new root is of the trace", name)
			}
		}
		refused := c.DrawBelow(context.Background(), opEntry, carrier{observ.TraceParent: not})
		ctx := refused.Context()
		if refused.On() {
			ctx, _ = refused.Start(preset)
		}
		if observ.Current(ctx).On() {
			t.Errorf("%s: it records what the caller does not", name)
		}
		for _, from := range []carrier{{}, {observ.TraceParent: "junk"}} {
			draw := c.DrawBelow(context.Background(), opEntry, from)
			if _, step := draw.Start(preset); !step.On() {
				t.Errorf("%s: %v: not recorded", name, from)
			}
		}
		c.SetPropagation(false)
		closed := c.DrawBelow(context.Background(), opEntry, carrier{observ.TraceParent: not})
		if _, step := closed.Start(preset); !step.On() {
			t.Errorf("%s: follows what it does not read", name)
		}
	}
}

// Of many traces most are refused: a server's costs no memory then, nor do the steps within it.
func TestRefusalAllocatesNothing(t *testing.T) {
	c := observ.NewComponent(rooted{sdktrace.NewTracerProvider(), false})
	if n := testing.AllocsPerRun(100, func() {
		draw := c.DrawUnrecorded(context.Background(), opEntry)
		ctx, entry := c.Start(draw.Context(), opEntry)
		ctx, inner := opInner.Start(ctx)
		_, again := c.Start(ctx, opEntry)
		if draw.On() || entry.On() || inner.On() || again.On() {
			t.Error("it records")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOffAllocatesNothing(t *testing.T) {
	for name, c := range map[string]*observ.Component{
		"nil component":  nil,
		"no-op provider": observ.NewComponent(noop.NewTracerProvider()),
		"no provider":    observ.NewComponent(nil),
	} {
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() { _ = work(ctx, c, nil) }); n > 1 { // the Named option of this test itself
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestLinksAndRoots(t *testing.T) {
	c, rec := recorder()
	ctx, a := c.Start(t.Context(), opEntry)
	_, b := c.Start(ctx, opEntry, observ.NewRoot(), observ.LinkedTo(a.SpanContext(), trace.SpanContext{}))
	b.End(nil)
	a.End(nil)
	span := rec.Ended()[0]
	if span.Parent().IsValid() || len(span.Links()) != 1 || span.Links()[0].SpanContext.SpanID() != a.SpanContext().SpanID() {
		t.Errorf("parent %v, links %v", span.Parent(), span.Links())
	}
}

// What is written and read without OpenTelemetry's propagator is what it writes and reads.
func TestTraceContextIsThePropagators(t *testing.T) {
	state, _ := trace.ParseTraceState("vendor=1")
	for _, config := range []trace.SpanContextConfig{
		{TraceID: trace.TraceID{1, 15: 0xab}, SpanID: trace.SpanID{2, 7: 0xcd}, TraceFlags: trace.FlagsSampled},
		{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceState: state},
	} {
		ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(config))
		want := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(ctx, want)
		got, sc := observ.Extract(t.Context(), carrier(want))
		if read := trace.SpanContextFromContext(got); !read.Equal(sc) || !sc.Equal(trace.NewSpanContext(config).WithRemote(true)) {
			t.Errorf("read %v of %v", sc, want)
		}
		c, _ := recorder()
		inner, step := c.Start(ctx, opEntry)
		if !step.On() && config.TraceFlags.IsSampled() {
			t.Fatal("not recorded")
		}
		written, wanted := carrier{}, propagation.MapCarrier{}
		observ.Inject(inner, written)
		propagation.TraceContext{}.Inject(inner, wanted)
		if step.On() && !maps.Equal(written, carrier(wanted)) {
			t.Errorf("wrote %v, want %v", written, wanted)
		}
	}
}

func FuzzTraceParent(f *testing.F) {
	for _, s := range []string{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09", "00-0af7651916cd43dd8448eb211c80319cxb7ad6b7169203331-00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, parent string) {
		_, got := observ.Extract(t.Context(), carrier{"traceparent": parent})
		want := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": parent}))
		if !got.Equal(want) {
			t.Errorf("%q: %v, the propagator's %v", parent, got, want)
		}
	})
}
