package tracestore_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

var base = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, text string) []*tracestore.Span {
	t.Helper()
	spans, err := tracetest.Parse(text, base)
	if err != nil {
		t.Fatal(err)
	}
	return spans
}

func id(n uint64) (out tracestore.TraceID) {
	binary.BigEndian.PutUint64(out[8:], n)
	return out
}

func TestATraceIsCompleteAfterQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := tracestore.New(tracestore.Config{Quiet: 300 * time.Millisecond})
		spans := parse(t, tracetest.ColdSend)
		complete := func() bool {
			trace, ok := store.Trace(id(1))
			return ok && trace.Complete
		}
		store.Add(spans[:3])
		time.Sleep(250 * time.Millisecond)
		store.Add(spans[3:])
		time.Sleep(250 * time.Millisecond)
		if complete() {
			t.Error("complete 250 ms after its last span")
		}
		settled := tracestore.New(tracestore.Config{})
		settled.Add(parse(t, tracetest.ColdSend))
		settled.Settle()
		if trace, ok := settled.Trace(id(1)); !ok || !trace.Complete {
			t.Error("not complete after Settle")
		}
		time.Sleep(200 * time.Millisecond)
		if !complete() {
			t.Error("not complete 450 ms after its last span")
		}
		late := *spans[0]
		late.SpanID[0] = 9
		store.Add([]*tracestore.Span{&late})
		if complete() {
			t.Error("complete in spite of a late span")
		}
		time.Sleep(time.Second)
		if !complete() {
			t.Error("not complete again")
		}
	})
}

func TestSummary(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	spans := parse(t, tracetest.ColdSend)
	slices.Reverse(spans) // children arrive before parents
	store.Add(spans)
	trace, ok := store.Trace(id(1))
	if !ok {
		t.Fatal("the trace is not there")
	}
	if trace.Root.Name != "send TopicTest" || len(trace.Spans) != 26 || trace.Failed != 0 || !trace.Message {
		t.Errorf("root %q, %d spans, %d failed, message %v", trace.Root.Name, len(trace.Spans), trace.Failed, trace.Message)
	}
	if got := trace.Duration; got != 9800*time.Microsecond {
		t.Errorf("duration %v, want 9.8ms", got)
	}
	if !slices.Contains(trace.Services, tracestore.ServiceCount{Name: "namesrv", Spans: 3}) {
		t.Errorf("services %v", trace.Services)
	}
	for i := range trace.Spans[1:] {
		if trace.Spans[i].Start > trace.Spans[i+1].Start {
			t.Fatalf("span %d starts after the next", i)
		}
	}
}

func TestLinksAreFoundFromTheirTarget(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	store.Add(parse(t, tracetest.ColdSend))
	from := store.LinkedFrom(id(1))
	if len(from) != 1 || from[0].Root.Step() != "store.doReput" {
		t.Fatalf("linked from %v, want the reput trace", from)
	}
	if len(store.LinkedFrom(id(2))) != 0 {
		t.Error("the reput trace is nobody's target")
	}
}

func TestOldTracesMakeRoom(t *testing.T) {
	store := tracestore.New(tracestore.Config{MaxBytes: 200_000})
	for n := range uint64(1000) {
		spans := parse(t, tracetest.ColdSend)
		for _, s := range spans {
			s.TraceID = id(2*n + binary.BigEndian.Uint64(s.TraceID[8:]))
			for i := range s.Links {
				s.Links[i].TraceID = id(2*n + 1)
			}
		}
		store.Add(spans)
	}
	stats := store.Stats()
	if stats.Bytes > 200_000 || stats.Traces < 2 || stats.Evicted != int64(2000-stats.Traces) {
		t.Errorf("after 2000 traces: %+v", stats)
	}
	if _, ok := store.Trace(id(1)); ok {
		t.Error("the oldest trace is still there")
	}
	if _, ok := store.Trace(id(2000)); !ok {
		t.Error("the newest trace is gone")
	}
	if len(store.LinkedFrom(id(1))) != 0 {
		t.Error("links of evicted traces are still there")
	}
}

func TestSpansPastTheLimitAreRefused(t *testing.T) {
	store := tracestore.New(tracestore.Config{MaxSpansPerTrace: 10})
	store.Add(parse(t, tracetest.ColdSend))
	store.Add([]*tracestore.Span{{Name: "no ids", Resource: &tracestore.Resource{}}})
	if got := store.Stats().Refused; got != 16+1 {
		t.Errorf("refused %d, want 17", got)
	}
}

func TestListFilters(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	store.Add(parse(t, tracetest.ColdSend+"\nother | GET / | server | 500+100 | error http.route=/x"))
	for name, c := range map[string]struct {
		filter tracestore.Filter
		want   string
	}{
		"all, newest first": {tracestore.Filter{}, "ReputMessageService.doReput, GET /, send TopicTest"},
		"messages":          {tracestore.Filter{Kind: tracestore.Messages}, "send TopicTest"},
		"background":        {tracestore.Filter{Kind: tracestore.Background}, "ReputMessageService.doReput, GET /"},
		"service":           {tracestore.Filter{Service: "broker-a"}, "ReputMessageService.doReput, send TopicTest"},
		"operation":         {tracestore.Filter{Service: "broker-a", Operation: "sendMessage"}, "send TopicTest"},
		"of another":        {tracestore.Filter{Service: "namesrv", Operation: "sendMessage"}, ""},
		"failed":            {tracestore.Filter{Failed: true}, "GET /"},
		"attribute":         {tracestore.Filter{Attrs: map[string]string{"http.route": "/x"}}, "GET /"},
		"error tag":         {tracestore.Filter{Attrs: map[string]string{"error": "true"}}, "GET /"},
		"text":              {tracestore.Filter{Text: "BROKER-A"}, "ReputMessageService.doReput, send TopicTest"},
		"longer than":       {tracestore.Filter{MinDuration: 5 * time.Millisecond}, "send TopicTest"},
		"limit":             {tracestore.Filter{Limit: 1}, "GET /"},
		"before":            {tracestore.Filter{Before: base.Add(time.Microsecond)}, "send TopicTest"},
	} {
		var names []string
		for _, s := range store.List(c.filter) {
			names = append(names, s.Root.Name)
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestSubscriptionGathersChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := tracestore.New(tracestore.Config{Quiet: 300 * time.Millisecond})
		sub := store.Subscribe()
		defer sub.Close()
		store.Add(parse(t, tracetest.ColdSend))
		<-sub.Ready()
		if got := sub.Take(); len(got) != 2 {
			t.Errorf("%d traces changed, want 2", len(got))
		}
		<-sub.Ready() // completion
		if got := sub.Take(); len(got) != 2 {
			t.Errorf("%d traces became complete, want 2", len(got))
		}
		sub.Close()
		store.Add(parse(t, tracetest.WarmSend))
		if got := sub.Take(); len(got) != 0 {
			t.Errorf("a closed subscription got %v", got)
		}
		time.Sleep(time.Second)
	})
}

func TestParseTraceID(t *testing.T) {
	for in, want := range map[string]bool{"1": true, "ABCDEF": true, "": false, "xyz": false, "0": false, strings.Repeat("1", 33): false} {
		if _, ok := tracestore.ParseTraceID(in); ok != want {
			t.Errorf("ParseTraceID(%q) = %v", in, ok)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	spans, err := tracetest.Parse(tracetest.ColdSend, base)
	if err != nil {
		b.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		batch := make([]*tracestore.Span, len(spans))
		for i, s := range spans {
			span := *s
			span.TraceID = id(uint64(n + 1)) //nolint:gosec // counts up from 0
			batch[i] = &span
		}
		store.Add(batch)
	}
	b.ReportMetric(float64(len(spans)), "spans/op")
}

func ExampleStore() {
	store := tracestore.New(tracestore.Config{})
	spans, _ := tracetest.Parse("shop | checkout | server | 0+1500", base)
	store.Add(spans)
	for _, sum := range store.List(tracestore.Filter{}) {
		fmt.Println(sum.Root.Name, sum.Duration)
	}
	// Output: checkout 1.5ms
}

// copied is a span whose strings are all its own, as one that came over the wire.
func copied(s *tracestore.Span) *tracestore.Span {
	attrs := func(from []tracestore.Attr) []tracestore.Attr {
		out := make([]tracestore.Attr, len(from))
		for i, a := range from {
			out[i] = tracestore.Attr{Key: strings.Clone(a.Key), Value: a.Value}
			switch v := a.Value.(type) {
			case string:
				out[i].Value = strings.Clone(v)
			case int64:
				out[i].Value = v + 1000
			}
		}
		return out
	}
	c := *s
	c.Name, c.Attrs = strings.Clone(s.Name), attrs(s.Attrs)
	c.Events, c.Links = slices.Clone(s.Events), slices.Clone(s.Links)
	for i := range c.Events {
		c.Events[i].Name, c.Events[i].Attrs = strings.Clone(c.Events[i].Name), attrs(c.Events[i].Attrs)
	}
	return &c
}

// The store takes about the memory that it says, so that its bound is one.
func TestMemoryIsWhatItSays(t *testing.T) {
	heap := func() int {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	from := parse(t, tracetest.ColdSend)
	before := heap()
	store := tracestore.New(tracestore.Config{MaxBytes: 8 << 20, Quiet: time.Nanosecond})
	for n := range uint64(2000) {
		spans := make([]*tracestore.Span, len(from))
		for i, s := range from {
			spans[i] = copied(s)
			spans[i].TraceID = id(2*n + binary.BigEndian.Uint64(s.TraceID[8:]))
			for j := range spans[i].Links {
				spans[i].Links[j].TraceID = id(2*n + 1)
			}
		}
		store.Add(spans)
	}
	took, says := heap()-before, store.Stats()
	if says.Evicted == 0 || took > says.Bytes*5/4 || took < says.Bytes/2 {
		t.Errorf("%d bytes, and it says %+v", took, says)
	}
	t.Logf("%d bytes, and it says %+v", took, says)
}
