package tracestore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// saved is the file of a store's traces.
func saved(t *testing.T, store *tracestore.Store) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := store.Save(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// traces are all that a store has, oldest first.
func traces(t *testing.T, store *tracestore.Store) []*tracestore.Trace {
	t.Helper()
	var out []*tracestore.Trace
	for _, sum := range store.List(tracestore.Filter{Limit: 1 << 20}) {
		trace, ok := store.Trace(sum.ID)
		if !ok {
			t.Fatal("a trace has gone")
		}
		out = append([]*tracestore.Trace{trace}, out...)
	}
	return out
}

// everything has a value of each type in each place.
func everything() []*tracestore.Span {
	attrs := []tracestore.Attr{
		{Key: "text", Value: "a \"quoted\" 中文\n"}, {Key: "empty", Value: ""}, {Key: "yes", Value: true}, {Key: "large", Value: int64(math.MinInt64)},
		{Key: "half", Value: 0.5}, {Key: "whole", Value: 3.0}, {Key: "infinite", Value: math.Inf(1)},
		{Key: "list", Value: []string{"a", ""}}, {Key: "none", Value: []string{}}, {Key: "traceId", Value: "00ff"},
	}
	a := &tracestore.Resource{Service: "a", Attrs: attrs}
	span := func(n byte, s tracestore.Span) *tracestore.Span {
		s.TraceID, s.SpanID = id(uint64(n)), tracestore.SpanID{n}
		return &s
	}
	return []*tracestore.Span{
		span(1, tracestore.Span{
			Name: "first", Kind: tracestore.KindProducer, Start: 1, End: 2, Resource: a, Scope: "scope", Attrs: attrs, Failed: true, Status: "because",
			Events: []tracestore.Event{{Name: "event", Time: 2, Attrs: attrs}, {Name: "other"}},
			Links:  []tracestore.Link{{TraceID: id(9), SpanID: tracestore.SpanID{9}, Attrs: attrs}, {}},
		}),
		span(2, tracestore.Span{Name: "child", Kind: tracestore.KindInternal, Parent: tracestore.SpanID{1}, Start: math.MaxInt64 - 1, End: math.MaxInt64, Resource: a}),
		span(3, tracestore.Span{Kind: tracestore.KindClient, Status: "fine", Resource: &tracestore.Resource{Service: "b"}}),
		span(3, tracestore.Span{Kind: tracestore.KindServer, Resource: &tracestore.Resource{Service: "b"}, Scope: "other"}),
		span(4, tracestore.Span{Kind: tracestore.KindConsumer, Resource: a}),
	}
}

// What was saved and loaded again is what it was: every span, in the same traces, complete.
func TestWhatIsSavedIsLoaded(t *testing.T) {
	for name, spans := range map[string][]*tracestore.Span{"a send": parse(t, tracetest.ColdSend), "everything": everything()} {
		t.Run(name, func(t *testing.T) {
			store, again := tracestore.New(tracestore.Config{}), tracestore.New(tracestore.Config{})
			store.Add(spans)
			store.Settle()
			file := saved(t, store)
			if n, err := again.Load(bytes.NewReader(file)); err != nil || n != len(spans) {
				t.Fatalf("%d spans, %v", n, err)
			}
			if diff := cmp.Diff(traces(t, store), traces(t, again)); diff != "" {
				t.Errorf("after a file (-before +after):\n%s", diff)
			}
			if twice := saved(t, again); !bytes.Equal(file, twice) {
				t.Errorf("saved again:\n%s\nwas:\n%s", twice, file)
			}
		})
	}
}

// The file is what OpenTelemetry says: a line is an object of traces, ids are hex, enumerations and small numbers are numbers, and nanoseconds
// are texts. A receiver takes each line.
func TestASavedFileIsOTLP(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	store.Add(parse(t, tracetest.ColdSend))
	file := string(saved(t, store))
	var line struct {
		ResourceSpans []struct {
			Resource struct {
				Attributes []struct {
					Key   string
					Value struct{ StringValue string }
				}
			}
			ScopeSpans []struct {
				Spans []struct {
					TraceID, SpanID, Name, StartTimeUnixNano string
					Kind                                     int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(strings.Split(file, "\n")[0]), &line); err != nil {
		t.Fatal(err)
	}
	first := line.ResourceSpans[0]
	span := first.ScopeSpans[0].Spans[0]
	if first.Resource.Attributes[0].Key != "service.name" || first.Resource.Attributes[0].Value.StringValue != "demo-producer" ||
		span.TraceID != "00000000000000000000000000000001" || len(span.SpanID) != 16 || span.Kind != 4 || span.StartTimeUnixNano != "1772366400000000000" {
		t.Errorf("%+v", first)
	}
	received := tracestore.New(tracestore.Config{})
	server := httptest.NewServer(tracestore.OTLPHandler(received))
	defer server.Close()
	for _, line := range strings.Split(strings.TrimSuffix(file, "\n"), "\n") {
		resp, err := server.Client().Post(server.URL+"/v1/traces", "application/json", strings.NewReader(line))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", resp, err)
		}
		_ = resp.Body.Close()
	}
	store.Settle()
	received.Settle()
	if diff := cmp.Diff(traces(t, store), traces(t, received)); diff != "" {
		t.Errorf("what a receiver takes in (-saved +received):\n%s", diff)
	}
}

const minimal = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0000000000000000000000000000000A","spanId":"000000000000000a","name":"x"}]}]}]}`

// Files of others: with blank lines, over several lines, with what this version does not know, or with spans that have no ids among others.
func TestFilesOfOthers(t *testing.T) {
	for name, file := range map[string]string{
		"without a last newline": minimal,
		"blank lines":            "\n" + minimal + "\n\n",
		"indented":               strings.ReplaceAll(minimal, ":", ":\n  "),
		"unknown fields":         strings.Replace(minimal, `{"resourceSpans"`, `{"later":1,"resourceSpans"`, 1),
		"one without ids":        strings.Replace(minimal, `"spans":[`, `"spans":[{"traceId":"","spanId":"","name":"y"},`, 1),
	} {
		store := tracestore.New(tracestore.Config{})
		if n, err := store.Load(strings.NewReader(file)); n != 1 || err != nil {
			t.Errorf("%s: %d spans, %v", name, n, err)
		}
		if trace, ok := store.Trace(id(10)); !ok || trace.Root.Name != "x" || !trace.Complete {
			t.Errorf("%s: %+v", name, trace)
		}
	}
}

func TestFilesThatAreNoTraces(t *testing.T) {
	for file, want := range map[string]string{
		"":                         "no span",
		"{}":                       "no span",
		`{"resourceLogs":[]}`:      "no span",
		"not JSON":                 "object 1, from byte 0",
		minimal + "\n{":            "object 2, from byte 134",
		minimal + "\n[]":           "object 2",
		`{"resourceSpans":"none"}`: "object 1",
		strings.ReplaceAll(minimal, "0000000000000000000000000000000A", "nonsense"): "no span",
		`{"x":"` + strings.Repeat("x", 17<<20) + `"}`:                               "longer than 16 MiB",
	} {
		store := tracestore.New(tracestore.Config{})
		if _, err := store.Load(strings.NewReader(file)); !errors.Is(err, tracestore.ErrFile) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", file, err, want)
		}
	}
	gone := errors.New("the disk has gone")
	if _, err := tracestore.New(tracestore.Config{}).Load(io.MultiReader(strings.NewReader(minimal), failing{gone})); !errors.Is(err, gone) {
		t.Errorf("of a file that cannot be read: %v", err)
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(parse(t, tracetest.ColdSend))
	if _, err := store.Save(failing{gone}); !errors.Is(err, gone) {
		t.Errorf("of a file that cannot be written: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Of a file that is larger than the store the last traces stay; a trace that is larger than a line is on several.
func TestLargeFiles(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	var spans []*tracestore.Span
	for n := range 3000 {
		spans = append(spans, &tracestore.Span{
			TraceID: id(uint64(1 + n/1500)), SpanID: tracestore.SpanID{1, byte(n >> 8), byte(n)}, Start: int64(n), End: int64(n),
			Kind: tracestore.KindInternal, Resource: &tracestore.Resource{Service: "a"},
			Attrs: []tracestore.Attr{{Key: "long", Value: strings.Repeat("x", 1024)}},
		})
	}
	store.Add(spans)
	file := saved(t, store)
	if lines := bytes.Count(file, []byte("\n")); lines < 4 || lines > 10 {
		t.Errorf("%d lines", lines)
	}
	for max, want := range map[int]int{64 << 20: 2, 2 << 20: 1} {
		again := tracestore.New(tracestore.Config{MaxBytes: max})
		if n, err := again.Load(bytes.NewReader(file)); err != nil || n != 3000 {
			t.Errorf("%d spans, %v", n, err)
		}
		if trace, ok := again.Trace(id(2)); !ok || len(trace.Spans) != 1500 || again.Stats().Traces != want {
			t.Errorf("with %d bytes: %+v", max, again.Stats())
		}
	}
}

// Whatever a file has in it, loading it ends with an error or with traces that can be saved and loaded again.
func FuzzLoad(f *testing.F) {
	store := tracestore.New(tracestore.Config{})
	store.Add(everything())
	var file bytes.Buffer
	if _, err := store.Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(minimal))
	f.Add([]byte(`{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"kvlistValue":{"values":[{"key":"a"}]}}}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		store, again := tracestore.New(tracestore.Config{}), tracestore.New(tracestore.Config{})
		if _, err := store.Load(bytes.NewReader(data)); err != nil {
			return
		}
		file := saved(t, store)
		if _, err := again.Load(bytes.NewReader(file)); err != nil {
			t.Fatalf("what was saved is refused: %v\n%s", err, file)
		}
		if twice := saved(t, again); !bytes.Equal(file, twice) {
			t.Errorf("saved again:\n%s\nwas:\n%s", twice, file)
		}
	})
}
