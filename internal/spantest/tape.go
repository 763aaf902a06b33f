//go:build tape

package spantest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/coverage"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tape notes the coverage counters as they stood when a trace began and when its last span ended: the difference is what ran
// meanwhile. Only the build of `make tape` has it, which counts atomically.
type tape struct {
	mu     sync.Mutex
	before map[trace.TraceID][]byte // at the start of the first span
	after  map[trace.TraceID][]byte // at the end of the latest
}

func (t *tape) started(s sdktrace.ReadOnlySpan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.before == nil {
		t.before, t.after = map[trace.TraceID][]byte{}, map[trace.TraceID][]byte{}
	}
	if id := s.SpanContext().TraceID(); t.before[id] == nil {
		t.before[id] = counters()
	}
}

// ended reads the counters under the lock: of two spans that end at once, the later reading stays.
func (t *tape) ended(s sdktrace.ReadOnlySpan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.after[s.SpanContext().TraceID()] = counters()
}

// Quiet waits until no span has ended for 300 ms, so that what a test does next is recorded without what went on in the background
// before: a client's heartbeat after its first request, its first look at the name server, a pull on its way to the broker.
func (r *Recorder) Quiet(t testing.TB) {
	t.Helper()
	for {
		r.mu.Lock()
		ended := r.ended
		r.mu.Unlock()
		select {
		case <-ended:
		case <-time.After(quiet):
			return
		case <-t.Context().Done():
			t.Fatal("never quiet")
		}
	}
}

func counters() []byte {
	var b bytes.Buffer
	if err := coverage.WriteCounters(&b); err != nil {
		panic(err) // not the build that this is for
	}
	return b.Bytes()
}

// keep writes the counters of a golden tree's traces, and its steps, below the folder that PLUME_TAPE names.
func (t *tape) keep(tb testing.TB, name string, spans []sdktrace.ReadOnlySpan) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	root := filepath.Join(os.Getenv("PLUME_TAPE"), name)
	seen := map[trace.TraceID]bool{}
	for _, s := range spans {
		id := s.SpanContext().TraceID()
		if seen[id] {
			continue
		}
		seen[id] = true
		save(tb, filepath.Join(root, id.String(), "before"), t.before[id])
		save(tb, filepath.Join(root, id.String(), "after"), t.after[id])
	}
	if err := os.WriteFile(filepath.Join(root, "steps"), []byte(stepsOf(spans)), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// save writes counters as the covdata tool wants them: in a folder with the meta-data, under a name that has its hash.
func save(tb testing.TB, folder string, counters []byte) {
	tb.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := coverage.WriteMetaDir(folder); err != nil {
		tb.Fatal(err)
	}
	meta, err := filepath.Glob(filepath.Join(folder, "covmeta.*"))
	if err != nil || len(meta) != 1 {
		tb.Fatalf("meta-data in %s: %v %v", folder, meta, err)
	}
	_, hash, _ := strings.Cut(filepath.Base(meta[0]), ".")
	if err := os.WriteFile(filepath.Join(folder, "covcounters."+hash+".1.1"), counters, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// stepsOf is a line for each span: its step, its function, the line where the function started it, and whether it failed.
func stepsOf(spans []sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, s := range spans {
		attrs := map[string]string{}
		for _, kv := range s.Attributes() {
			attrs[string(kv.Key)] = kv.Value.String()
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%t\n", attrs["rocketmq.step"], attrs["code.function.name"], attrs["code.line.number"], s.Status().Code == codes.Error)
	}
	return b.String()
}
