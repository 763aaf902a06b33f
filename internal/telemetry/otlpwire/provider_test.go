package otlpwire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/race"
	"github.com/plumemq/plume/internal/spantest"
)

func always() sdktrace.Sampler { return sdktrace.ParentBased(sdktrace.AlwaysSample()) }

// config is one that sends to client, whenever it is told to, in the order in which spans end: that is so with a single lane.
func config(client otlptrace.Client) Config {
	return Config{
		Client: client, Resource: resource.NewSchemaless(attribute.String("service.name", "test")), Sampler: always(), Limits: sdktrace.NewSpanLimits(),
		Batch: BatchConfig{MaxQueueSize: 10_000, MaxExportBatchSize: 5_000, MaxInFlight: 1, Timeout: time.Hour, ExportTimeout: time.Minute},
	}
}

func start(t *testing.T, c Config) *Provider {
	t.Helper()
	p, err := NewProvider(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.WithoutCancel(t.Context())) })
	return p
}

// received are the spans that were sent, after a flush.
func received(t *testing.T, p *Provider, u *uploads) []*tracepb.Span {
	t.Helper()
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return u.spans()
}

func (u *uploads) spans() (out []*tracepb.Span) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.got.GetResourceSpans() {
		for _, s := range r.GetScopeSpans() {
			out = append(out, s.GetSpans()...)
		}
	}
	return out
}

func names(spans []*tracepb.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, s.GetName())
	}
	return strings.Join(out, " ")
}

// play does everything that can be done with spans, in a way that a recorder of any make can be asked about.
func play(tp trace.TracerProvider) {
	at := time.Unix(1_700_000_000, 5)
	when := trace.WithTimestamp(at)
	tracer := tp.Tracer("scope", trace.WithInstrumentationVersion("2"), trace.WithSchemaURL("https://schema"),
		trace.WithInstrumentationAttributes(attribute.Bool("a", true)))
	far := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{9}, SpanID: trace.SpanID{8}, TraceFlags: trace.FlagsSampled, Remote: true})
	ctx, root := tracer.Start(trace.ContextWithRemoteSpanContext(context.Background(), far), "root", when, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("start", "1"), attribute.String("twice", "first")), trace.WithLinks(trace.Link{SpanContext: far, Attributes: many()}))
	inner, child := tracer.Start(ctx, "child", when)
	child.SetAttributes(many()...)
	child.SetAttributes(attribute.KeyValue{}, attribute.String("late", strings.Repeat("x", 300)))
	child.AddEvent("event", when, trace.WithAttributes(attribute.Int("n", 1), attribute.Int("m", 2)))
	child.AddEvent("bare", when)
	child.RecordError(errors.New("broken"), when)
	child.AddLink(trace.Link{SpanContext: root.SpanContext()})
	child.AddLink(trace.Link{})
	child.SetStatus(codes.Error, "bad")
	child.SetStatus(codes.Unset, "forgotten")
	_, leaf := tracer.Start(inner, "leaf", when, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindProducer))
	leaf.SetStatus(codes.Ok, "ignored")
	leaf.SetStatus(codes.Error, "too late")
	leaf.SetName("renamed")
	leaf.End(when)
	child.End(trace.WithTimestamp(at.Add(time.Second)))
	child.SetAttributes(attribute.Bool("after the end", true))
	child.AddEvent("after the end")
	child.End()
	root.SetAttributes(attribute.String("twice", "second"), attribute.Int("twice more", 1), attribute.Int("twice more", 2))
	root.End(when)
}

// normal is spans as they compare: ids by number, in the order of their coming up, attributes by key.
func normal(spans []*tracepb.Span) (out []string) {
	ids := map[string]string{}
	id := func(b []byte) []byte {
		if len(b) > 0 && ids[string(b)] == "" {
			ids[string(b)] = fmt.Sprint(len(ids))
		}
		return []byte(ids[string(b)])
	}
	byKey := func(list []*commonpb.KeyValue) {
		slices.SortFunc(list, func(a, b *commonpb.KeyValue) int { return cmp.Compare(a.GetKey(), b.GetKey()) })
	}
	for _, s := range spans {
		s, _ = proto.Clone(s).(*tracepb.Span)
		s.TraceId, s.SpanId, s.ParentSpanId = id(s.GetTraceId()), id(s.GetSpanId()), id(s.GetParentSpanId())
		byKey(s.GetAttributes())
		for _, l := range s.GetLinks() {
			l.TraceId, l.SpanId = id(l.GetTraceId()), id(l.GetSpanId())
		}
		text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(s)
		out = append(out, string(text))
	}
	return out
}

// A span of the provider's is what the SDK makes of the same calls, as its exporter sends it, within any limits.
func TestSpansAreTheSDKs(t *testing.T) {
	short, shallow, none := sdktrace.NewSpanLimits(), sdktrace.NewSpanLimits(), sdktrace.NewSpanLimits()
	short.AttributeValueLengthLimit, shallow.AttributeValueDepthLimit = 3, 1
	none.AttributeValueLengthLimit, none.AttributeValueDepthLimit = 0, 0 // of the latter that is the default
	few := sdktrace.SpanLimits{
		AttributeValueLengthLimit: 1, AttributeValueDepthLimit: -1, AttributeCountLimit: 12, EventCountLimit: 2, LinkCountLimit: 1, AttributePerEventCountLimit: 1, AttributePerLinkCountLimit: 14,
	}
	for name, limits := range map[string]sdktrace.SpanLimits{"default": sdktrace.NewSpanLimits(), "short": short, "shallow": shallow, "none": none, "few": few} {
		t.Run(name, func(t *testing.T) { testSpansAreTheSDKs(t, limits) })
	}
}

func testSpansAreTheSDKs(t *testing.T, limits sdktrace.SpanLimits) {
	ours, theirs := &uploads{}, &uploads{}
	c := config(ours)
	c.Limits = limits
	p := start(t, c)
	play(p)
	sdk := sdktrace.NewTracerProvider(sdktrace.WithSyncer(otlptrace.NewUnstarted(theirs)), sdktrace.WithSampler(always()), sdktrace.WithRawSpanLimits(limits))
	play(sdk)
	got, want := received(t, p, ours), theirs.spans()
	if names(got) != "renamed child root" || names(want) != names(got) {
		t.Fatalf("%s, the SDK's %s", names(got), names(want))
	}
	a, b := normal(got), normal(want)
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%s: %s", got[i].GetName(), firstDifference(prototext.Format(got[i]), prototext.Format(want[i])))
		}
	}
	r, theirR := ours.got.GetResourceSpans()[0], theirs.got.GetResourceSpans()[0]
	if !proto.Equal(r.GetScopeSpans()[0].GetScope(), theirR.GetScopeSpans()[0].GetScope()) || r.GetScopeSpans()[0].GetSchemaUrl() != "https://schema" {
		t.Errorf("scope %v, want %v", r.GetScopeSpans()[0].GetScope(), theirR.GetScopeSpans()[0].GetScope())
	}
	if v := r.GetResource().GetAttributes()[0].GetValue().GetStringValue(); v != "test" {
		t.Errorf("resource %v", r.GetResource())
	}
}

// firstDifference is the line where two texts part, with the SDK's second.
func firstDifference(a, b string) string {
	theirs := strings.Split(b, "\n")
	for i, line := range strings.Split(a, "\n") {
		if (i >= len(theirs) || line != theirs[i]) && !strings.Contains(line, "_id:") {
			return fmt.Sprintf("line %d: %.200s, the SDK's %.200s", i, line, theirs[min(i, len(theirs)-1)])
		}
	}
	return "only in their ids"
}

func TestSpansKeepTheLimits(t *testing.T) {
	u := &uploads{}
	c := config(u)
	c.Limits = sdktrace.SpanLimits{
		AttributeValueLengthLimit: 3, AttributeCountLimit: 2, EventCountLimit: 1, LinkCountLimit: 1, AttributePerEventCountLimit: 1, AttributePerLinkCountLimit: 0,
	}
	p := start(t, c)
	_, s := p.Tracer("").Start(context.Background(), "s")
	s.SetAttributes(attribute.String("a", "消息队列"), attribute.StringSlice("b", []string{"abcd"}), attribute.Int("c", 1), attribute.String("a", "wxyz"))
	for range 3 {
		s.AddEvent("e", trace.WithAttributes(attribute.Int("x", 1), attribute.Int("y", 1)))
		s.AddLink(trace.Link{SpanContext: s.SpanContext(), Attributes: many()[:2]})
	}
	s.End()
	got := received(t, p, u)[0]
	if len(got.GetAttributes()) != 2 || got.GetDroppedAttributesCount() != 1 || got.GetAttributes()[1].GetValue().GetStringValue() != "wxy" {
		t.Errorf("attributes %v, %d dropped", got.GetAttributes(), got.GetDroppedAttributesCount())
	}
	if len(got.GetEvents()) != 1 || got.GetDroppedEventsCount() != 2 || len(got.GetEvents()[0].GetAttributes()) != 1 || got.GetEvents()[0].GetDroppedAttributesCount() != 1 {
		t.Errorf("events %v, %d dropped", got.GetEvents(), got.GetDroppedEventsCount())
	}
	if len(got.GetLinks()) != 1 || got.GetDroppedLinksCount() != 2 || len(got.GetLinks()[0].GetAttributes()) != 0 || got.GetLinks()[0].GetDroppedAttributesCount() != 2 {
		t.Errorf("links %v, %d dropped", got.GetLinks(), got.GetDroppedLinksCount())
	}
}

// What the sampler refuses is not recorded, and nothing below it either.
func TestUnsampledSpans(t *testing.T) {
	u := &uploads{}
	c := config(u)
	c.Sampler = sdktrace.ParentBased(sdktrace.NeverSample())
	p := start(t, c)
	tracer := p.Tracer("")
	ctx, root := tracer.Start(context.Background(), "root")
	_, child := tracer.Start(ctx, "child")
	if root.IsRecording() || child.IsRecording() || !root.SpanContext().IsValid() || root.SpanContext().IsSampled() ||
		child.SpanContext().TraceID() != root.SpanContext().TraceID() {
		t.Errorf("%v %v", root.SpanContext(), child.SpanContext())
	}
	child.End()
	root.End()
	if got := received(t, p, u); len(got) != 0 || p.Dropped() != 0 {
		t.Errorf("%v, %d dropped", names(got), p.Dropped())
	}
}

// The attributes that steps have in common are encoded once, and can be changed all the same.
func TestPreparedAttributes(t *testing.T) {
	u := &uploads{}
	p := start(t, config(u))
	prepared := observ.Prepare(observ.String("a", "1"), observ.String("b", "2"))
	for i := range 3 {
		_, s := p.Tracer("").Start(context.Background(), fmt.Sprint(i), trace.WithAttributes(attribute.Bool("own", true)))
		_, again := p.Tracer("").Start(context.Background(), "again")
		for _, s := range []trace.Span{s, again} {
			r := s.(observ.Messenger).Recording()
			r.Message.SetPrepared(r.Turn, prepared)
		}
		s.SetAttributes(observ.String("c", "3"), observ.String("a", "changed"))
		again.End()
		s.End()
	}
	for _, s := range received(t, p, u) {
		got := map[string]string{}
		for _, kv := range s.GetAttributes() {
			got[kv.GetKey()] = kv.GetValue().GetStringValue()
		}
		want := map[string]string{"a": "changed", "b": "2", "c": "3"}
		if s.GetName() == "again" {
			want = map[string]string{"a": "1", "b": "2"}
		}
		delete(got, "own")
		if len(got) != len(want) || got["a"] != want["a"] || got["b"] != want["b"] || got["c"] != want["c"] {
			t.Errorf("%s: %v", s.GetName(), got)
		}
	}
}

// Polls that brought nothing are left out, with all within them.
func TestIdlePolls(t *testing.T) {
	for keep, want := range map[bool]string{
		false: "busy.rpc busy.woken busy busy.late other", true: "busy.rpc busy.woken busy busy.late idle.rpc idle.woken idle idle.late other",
	} {
		u := &uploads{}
		c := config(u)
		c.KeepIdle = keep
		p := start(t, c)
		spantest.PlayPolls(observ.NewComponent(p))
		if got := names(received(t, p, u)); got != want {
			t.Errorf("keep %v: %s", keep, got)
		}
	}
}

// More spans than may wait are dropped, and counted; so are those that the receiver does not take.
func TestDroppedSpans(t *testing.T) {
	u := &uploads{block: make(chan struct{})}
	c := config(u)
	c.Batch.MaxQueueSize, c.Batch.MaxExportBatchSize = 10, 5
	p := start(t, c)
	end := func(n int) {
		for range n {
			_, s := p.Tracer("").Start(context.Background(), "s")
			s.End()
		}
	}
	end(5)
	u.block <- struct{}{} // the first batch is with the client
	end(25)
	u.block <- struct{}{}
	go func() {
		for range 2 {
			u.block <- struct{}{}
			u.block <- struct{}{}
		}
	}()
	if got := received(t, p, u); len(got) != 15 || p.Dropped() != 15 {
		t.Errorf("%d spans, %d dropped", len(got), p.Dropped())
	}
	u.block, u.err = nil, errors.New("refused")
	end(3)
	_ = p.ForceFlush(t.Context())
	if p.Dropped() != 18 {
		t.Errorf("%d dropped", p.Dropped())
	}
}

// Who runs a program hears of spans that there was no room for: not of each, and of the last at the end.
func TestDroppedSpansAreTold(t *testing.T) {
	var told []string
	before := otel.GetErrorHandler()
	defer otel.SetErrorHandler(before)
	synctest.Test(t, func(t *testing.T) {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
			if errors.Is(err, ErrQueueFull) {
				told = append(told, strings.TrimPrefix(err.Error(), ErrQueueFull.Error()+": "))
			}
		}))
		c := config(&uploads{})
		c.Batch.MaxQueueSize, c.Batch.MaxExportBatchSize, c.Batch.Timeout = 10, 100, time.Second
		p := start(t, c)
		for range 3 {
			for range 12 {
				_, s := p.Tracer("").Start(context.Background(), "s")
				s.End()
			}
			time.Sleep(2300 * time.Millisecond) // batches leave each second, and not while these are made
		}
		if err := p.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if got := strings.Join(told, ", "); got != "2 spans dropped, 4 spans dropped" {
		t.Errorf("told %q", got)
	}
}

// Each processor gathers spans of its own, and none is lost between them; batches keep to both limits, of spans and of bytes.
func TestLanes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	u := &uploads{}
	c := config(u)
	c.Batch.MaxQueueSize, c.Batch.MaxExportBatchSize = 1<<20, 700
	p := start(t, c)
	if len(p.spool.lanes) != 4 {
		t.Errorf("%d lanes", len(p.spool.lanes))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				_, s := p.Tracer("").Start(context.Background(), "s")
				if i%10 == 0 {
					s.SetAttributes(attribute.String("long", strings.Repeat("x", 10_000)))
				}
				s.End()
			}
		})
	}
	wg.Wait()
	if got := received(t, p, u); len(got) != 8000 || p.Dropped() != 0 {
		t.Errorf("%d spans, %d dropped", len(got), p.Dropped())
	}
	for _, r := range u.got.GetResourceSpans() {
		if spans, size := len(r.GetScopeSpans()[0].GetSpans()), proto.Size(r); spans > 700 || size > maxBatch+11_000 {
			t.Errorf("a batch of %d spans, %d bytes", spans, size)
		}
	}
}

// Spans leave after a while though no batch is full, one of a full batch at once, and each scope's apart.
func TestWhenBatchesLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{}
		c := config(u)
		c.Batch.Timeout, c.Batch.MaxExportBatchSize, c.Batch.MaxQueueSize = 5*time.Second, 3, 10
		p := start(t, c)
		end := func(scope string) {
			_, s := p.Tracer(scope).Start(context.Background(), scope)
			s.End()
		}
		end("a")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := names(u.spans()); got != "" {
			t.Errorf("sent early: %s", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := names(u.spans()); got != "a" {
			t.Errorf("after the delay: %q", got)
		}
		tracer := p.Tracer("b")
		for range 3 {
			_, s := tracer.Start(context.Background(), "b")
			s.End()
		}
		synctest.Wait()
		if got := names(u.spans()); got != "a b b b" {
			t.Errorf("a full batch: %q", got)
		}
		end("c")
		end("d")
		if err := p.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		end("late")
		if got := names(u.spans()); got != "a b b b c d" || p.Dropped() != 1 {
			t.Errorf("at the end: %q, %d dropped", got, p.Dropped())
		}
		for _, r := range u.got.GetResourceSpans() {
			if scope := r.GetScopeSpans()[0]; scope.GetScope().GetName() != scope.GetSpans()[0].GetName() {
				t.Errorf("%s lies below %s", scope.GetSpans()[0].GetName(), scope.GetScope().GetName())
			}
		}
	})
}

// A shutdown gives up with its context, and takes the request under way with it.
func TestShutdownGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{block: make(chan struct{})}
		p := start(t, config(u))
		_, s := p.Tracer("").Start(context.Background(), "s")
		s.End()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || p.Dropped() != 1 {
			t.Errorf("%v, %d dropped", err, p.Dropped())
		}
	})
}

// Spans are used by many goroutines at once, and by some after their end.
func TestConcurrentSpans(t *testing.T) {
	u := &uploads{}
	p := start(t, config(u))
	component := observ.NewComponent(p)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				ctx, root := component.Start(context.Background(), benchEntry, observ.Named(fmt.Sprintf("%d.%d", g, i)))
				root.Set(observ.Int("g", g), observ.Int("i", i))
				wg.Go(func() {
					root.Event("from another goroutine")
					root.Set(observ.Bool("late", true))
					trace.SpanFromContext(ctx).SetAttributes(attribute.Bool("later", true))
				})
				root.End(nil)
			}
		})
	}
	wg.Wait()
	got := received(t, p, u)
	if len(got) != 1600 {
		t.Fatalf("%d spans", len(got))
	}
	for _, s := range got {
		attrs := map[string]int64{}
		for _, kv := range s.GetAttributes() {
			attrs[kv.GetKey()] = kv.GetValue().GetIntValue()
		}
		if want := fmt.Sprintf("%d.%d", attrs["g"], attrs["i"]); s.GetName() != want {
			t.Fatalf("%s has the attributes of %s", s.GetName(), want)
		}
	}
}

var (
	benchOp    = observ.Define(observ.Op{ID: "test.step"})
	benchEntry = observ.Define(observ.Op{ID: "test.entry"})
)

// BenchmarkStep is what a step costs with four attributes of its own, batching and encoding included: by the provider, and by the SDK
// with the exporter.
func BenchmarkStep(b *testing.B) {
	c := config(sized{})
	c.Batch.MaxQueueSize = 1 << 16
	ours, _ := NewProvider(b.Context(), c)
	e, _ := NewExporter(b.Context(), sized{})
	sdk := sdktrace.NewTracerProvider(sdktrace.WithBatcher(e, sdktrace.WithMaxQueueSize(1<<16)))
	for name, tp := range map[string]trace.TracerProvider{"provider=plume": allRoots{ours}, "provider=sdk": sdk} {
		b.Run(name, func(b *testing.B) {
			ctx, step := observ.NewComponent(tp).Start(context.Background(), benchEntry)
			defer step.End(nil)
			b.ReportAllocs()
			for b.Loop() {
				innerStep(ctx)
			}
		})
	}
}

// allRoots is a provider as programs have it: whether a trace is recorded is decided before anything is made of it.
type allRoots struct{ *Provider }

func (allRoots) SampleRoot() bool { return true }

func innerStep(ctx context.Context) {
	_, step := benchOp.Start(ctx)
	defer step.End(nil)
	step.Set(attribute.String("messaging.destination.name", "TopicTest"), attribute.Int("rocketmq.queue.id", 3))
	step.Set(attribute.String("rocketmq.broker.name", "broker-a"), attribute.Bool("rocketmq.flag", true))
}

// ends counts what an observer is told.
type ends struct{ n int }

func (e *ends) ObserveStep(*observ.Op, string, time.Duration, observ.SpanContext) { e.n++ }

// A span is the context that carries it: it has what the context before it has, and steps within find both the span and their entry.
func TestASpanIsItsContext(t *testing.T) {
	type key struct{}
	before, cancel := context.WithTimeout(context.WithValue(context.Background(), key{}, "value"), time.Hour)
	defer cancel()
	p := start(t, config(&uploads{}))
	outer, entry := observ.NewComponent(p).Start(before, benchEntry)
	inner, step := benchOp.Start(outer)
	defer entry.End(nil)
	defer step.End(nil)
	for name, c := range map[string]struct {
		ctx  context.Context
		step observ.Step
	}{"entry": {outer, entry}, "inner": {inner, step}} {
		if got := trace.SpanContextFromContext(c.ctx); !got.IsValid() || !got.Equal(c.step.SpanContext()) {
			t.Errorf("%s: the context's span is %v, the step's %v", name, got, c.step.SpanContext())
		}
		if got := observ.EntrySpanContextOf(c.ctx); !got.Equal(entry.SpanContext()) {
			t.Errorf("%s: the entry is %v, want %v", name, got, entry.SpanContext())
		}
		want, _ := before.Deadline()
		if got, ok := c.ctx.Deadline(); !ok || got != want || c.ctx.Value(key{}) != "value" || c.ctx.Done() != before.Done() {
			t.Errorf("%s: deadline %v, value %v", name, got, c.ctx.Value(key{}))
		}
	}
	if cancel(); inner.Err() == nil {
		t.Error("the end of the context before does not come through")
	}
}

// A step that is ended again has ended once.
func TestAStepEndsOnce(t *testing.T) {
	u, told := &uploads{}, &ends{}
	p := start(t, config(u))
	component := observ.NewComponent(p)
	component.Observe(told)
	_, step := component.Start(context.Background(), benchEntry)
	step.End(nil)
	step.End(nil)
	if got := received(t, p, u); len(got) != 1 || told.n != 1 {
		t.Errorf("%d spans, observed %d times", len(got), told.n)
	}
}

// Steps that are within the same one take memory that was made for as many as there were last time, and are told apart whether there are
// more now or fewer, and which of them ends first.
func TestStepsOfOneFamily(t *testing.T) {
	u := &uploads{}
	p := start(t, config(u))
	component := observ.NewComponent(p)
	want := map[string]trace.SpanID{} // of the spans above, by name
	for round, within := range []int{3, 3, 0, 2 * mostRooms, 5, 5} {
		ctx, entry := component.Start(context.Background(), benchEntry, observ.Named(fmt.Sprint(round)))
		var steps []observ.Step
		for i := range within {
			name := fmt.Sprintf("%d.%d", round, i)
			want[name] = trace.SpanContextFromContext(ctx).SpanID()
			var step observ.Step
			ctx, step = benchOp.Start(ctx)
			step.Set(observ.String("name", name))
			steps = append(steps, step)
		}
		if round%2 == 0 {
			entry.End(nil)
		}
		for _, step := range steps {
			step.Set(observ.Bool("ended", true))
			step.End(nil)
		}
		entry.End(nil)
	}
	for _, s := range received(t, p, u) {
		for _, kv := range s.GetAttributes() {
			if name := kv.GetValue().GetStringValue(); kv.GetKey() == "name" {
				if above := want[name]; !bytes.Equal(s.GetParentSpanId(), above[:]) {
					t.Errorf("%s is below %x, want %v", name, s.GetParentSpanId(), above)
				}
				delete(want, name)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// A step and those within it take one piece of memory, two if they are many, and one is made that fits the next time.
func TestMemoryOfAFamily(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector has pools forget")
	}
	p := start(t, config(sized{}))
	component := observ.NewComponent(allRoots{p})
	for within, most := range map[int]float64{0: 1, 1: 1, 4: 1, 7: 1, 10: 1, 20: 2} {
		entry := benchEntry.Preset(fmt.Sprint("entry of ", within))
		family := func() {
			ctx, step := component.StartPreset(context.Background(), entry)
			for range within {
				innerStep(ctx)
			}
			step.End(nil)
		}
		if n := testing.AllocsPerRun(1000, family); n > most {
			t.Errorf("%d within: %v allocations", within, n)
		}
	}
}

// What others caused is a trace of its own that is linked to them, recorded if one of them is, and takes no memory beside its span's.
func TestStartCaused(t *testing.T) {
	u := &uploads{}
	c := config(u)
	c.Sampler = sdktrace.ParentBased(sdktrace.NeverSample())
	p := start(t, c)
	component := observ.NewComponent(noRoots{p})
	var links []trace.SpanContext
	for i := range 3 {
		links = append(links, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1, byte(i)}, SpanID: trace.SpanID{2, byte(i)}, TraceFlags: trace.TraceFlags(i % 2),
		}))
	}
	attrs := []observ.Attr{observ.String("k", "v"), observ.Int("n", 3)}
	if _, step := component.StartCaused(t.Context(), benchEntry, links[:1], attrs...); step.On() {
		t.Error("recorded, and neither its cause is nor a trace of its own would be")
	}
	ctx, step := component.StartCaused(t.Context(), benchEntry, links, attrs...)
	clear(attrs) // they are the caller's again
	clear(links)
	if _, within := benchOp.Start(ctx); !within.On() {
		t.Error("what is within is not recorded")
	} else {
		within.End(nil)
	}
	step.End(nil)
	spans := received(t, p, u)
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	got := spans[1]
	if len(got.GetParentSpanId()) > 0 || len(got.GetLinks()) != 3 || got.GetLinks()[2].GetTraceId()[1] != 2 || got.GetTraceId()[0] == 1 && got.GetTraceId()[1] < 3 {
		t.Errorf("not on its own and linked to its causes: %v", got)
	}
	said := map[string]string{}
	for _, kv := range got.GetAttributes() {
		said[kv.GetKey()] = kv.GetValue().String()
	}
	if !strings.Contains(said["k"], `"v"`) || !strings.Contains(said["n"], "3") {
		t.Errorf("attributes %v", said)
	}
}

// noRoots begins no trace that nobody else records.
type noRoots struct{ *Provider }

func (noRoots) SampleRoot() bool { return false }
