package spantest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// waitLimit bounds every wait of a test for spans or for the cluster.
const waitLimit = 20 * time.Second

// quiet is how long no span may end for a trace to count as complete.
const quiet = 300 * time.Millisecond

// Recorder keeps every span that ends in any of its providers. Safe for concurrent use.
type Recorder struct {
	mu      sync.Mutex
	spans   []sdktrace.ReadOnlySpan
	running map[trace.TraceID]int               // spans of a trace that have begun and not ended
	ended   chan struct{}                       // closed and replaced at every span's end
	asked   map[spanKind]map[attribute.Key]bool // what samplers were told every time they were asked
	tape    tape
}

// spanKind is what spans of one kind have in common as far as samplers see.
type spanKind struct {
	name string
	kind trace.SpanKind
}

// NewRecorder is an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{running: map[trace.TraceID]int{}, ended: make(chan struct{}), asked: map[spanKind]map[attribute.Key]bool{}}
}

// Provider is a TracerProvider that records everything under a service name.
func (r *Recorder) Provider(service string) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(recorderProcessor{r}),
		sdktrace.WithSampler(witness{sdktrace.ParentBased(sdktrace.AlwaysSample()), r}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
}

// Spans are the spans recorded so far, in the order of their ends.
func (r *Recorder) Spans() []sdktrace.ReadOnlySpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Reset forgets all spans.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = nil
}

// Trace is the recorded spans of one trace.
func (r *Recorder) Trace(id trace.TraceID) []sdktrace.ReadOnlySpan {
	return ofTrace(r.Spans(), id)
}

// Named is the recorded spans of that name.
func (r *Recorder) Named(name string) []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(r.Spans(), func(s sdktrace.ReadOnlySpan) bool { return s.Name() != name })
}

// WaitFor returns when done says so of the spans recorded, or fails the test after 20 s. It looks again at every span's end.
func (r *Recorder) WaitFor(t testing.TB, what string, done func([]sdktrace.ReadOnlySpan) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	for {
		r.mu.Lock()
		spans, ended := slices.Clone(r.spans), r.ended
		r.mu.Unlock()
		if done(spans) {
			return
		}
		select {
		case <-ended:
		case <-ctx.Done():
			t.Fatalf("%s: not seen within %v; spans so far:\n%s", what, waitLimit, RenderTree(spans))
		}
	}
}

// WaitNamed waits for a span of that name to end and returns the first.
func (r *Recorder) WaitNamed(t testing.TB, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	return r.waitFirst(t, "span "+name, func(s sdktrace.ReadOnlySpan) bool { return s.Name() == name })
}

// WaitStep waits for a span of that step id to end and returns the first.
func (r *Recorder) WaitStep(t testing.TB, id string) sdktrace.ReadOnlySpan {
	t.Helper()
	return r.waitFirst(t, "step "+id, func(s sdktrace.ReadOnlySpan) bool {
		return slices.Contains(s.Attributes(), attribute.String("rocketmq.step", id))
	})
}

func (r *Recorder) waitFirst(t testing.TB, what string, match func(sdktrace.ReadOnlySpan) bool) (found sdktrace.ReadOnlySpan) {
	t.Helper()
	r.WaitFor(t, what, func(spans []sdktrace.ReadOnlySpan) bool {
		i := slices.IndexFunc(spans, match)
		if i >= 0 {
			found = spans[i]
		}
		return i >= 0
	})
	return found
}

// WaitTrace returns a trace once it contains a span of each name given, none of its spans runs any more, and nothing has ended for
// 300 ms.
func (r *Recorder) WaitTrace(t testing.TB, id trace.TraceID, names ...string) []sdktrace.ReadOnlySpan {
	t.Helper()
	r.WaitFor(t, "complete trace", func(spans []sdktrace.ReadOnlySpan) bool {
		for _, name := range names {
			if !slices.ContainsFunc(spans, func(s sdktrace.ReadOnlySpan) bool { return s.Name() == name && s.SpanContext().TraceID() == id }) {
				return false
			}
		}
		return true
	})
	for {
		before := len(r.Trace(id))
		time.Sleep(quiet)
		if after, runs := r.look(id); !runs && len(after) == before {
			return after
		}
	}
}

// look is the recorded spans of a trace, and whether another of it has begun and not ended: both at one moment.
func (r *Recorder) look(id trace.TraceID) (spans []sdktrace.ReadOnlySpan, runs bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return ofTrace(slices.Clone(r.spans), id), r.running[id] > 0
}

func ofTrace(spans []sdktrace.ReadOnlySpan, id trace.TraceID) []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(spans, func(s sdktrace.ReadOnlySpan) bool { return s.SpanContext().TraceID() != id })
}

// witness is a sampler that notes what it is told.
type witness struct {
	sdktrace.Sampler
	r *Recorder
}

// ShouldSample keeps of what it is told what it was told every time.
func (w witness) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	told := make(map[attribute.Key]bool, len(p.Attributes))
	for _, kv := range p.Attributes {
		told[kv.Key] = true
	}
	key := spanKind{p.Name, p.Kind}
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	if known := w.r.asked[key]; known != nil {
		maps.DeleteFunc(known, func(k attribute.Key, _ bool) bool { return !told[k] })
	} else {
		w.r.asked[key] = told
	}
	return w.Sampler.ShouldSample(p)
}

type recorderProcessor struct{ r *Recorder }

func (p recorderProcessor) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	p.r.tape.started(s)
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	p.r.running[s.SpanContext().TraceID()]++
}

func (p recorderProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	p.r.tape.ended(s)
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	p.r.running[s.SpanContext().TraceID()]--
	p.r.spans = append(p.r.spans, s)
	close(p.r.ended)
	p.r.ended = make(chan struct{})
}

func (recorderProcessor) Shutdown(context.Context) error   { return nil }
func (recorderProcessor) ForceFlush(context.Context) error { return nil }
