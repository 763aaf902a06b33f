package store

import (
	"context"
	"testing"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest/discard"
)

// requests makes the contexts of recorded requests, and what identifies them.
func requests(t *testing.T, n int) (contexts []context.Context, spans []observ.SpanContext) {
	t.Helper()
	c := observ.NewComponent(discard.Provider(t))
	op := observ.Define(observ.Op{ID: "test.request"})
	for range n {
		ctx, step := c.Start(t.Context(), op)
		t.Cleanup(func() { step.End(nil) })
		contexts, spans = append(contexts, ctx), append(spans, step.SpanContext())
	}
	return contexts, spans
}

func TestTracedPutsAreTakenOnce(t *testing.T) {
	traced := newTracedPuts()
	contexts, spans := requests(t, 3)
	if traced.take(0).IsValid() {
		t.Error("something where nothing is")
	}
	for i, ctx := range contexts {
		traced.remember(ctx, int64(100*i))
	}
	for _, tt := range []struct {
		offset int64
		want   observ.SpanContext
	}{{0, spans[0]}, {0, observ.SpanContext{}}, {50, observ.SpanContext{}}, {200, spans[2]}, {100, observ.SpanContext{}}, {300, observ.SpanContext{}}} {
		if got := traced.take(tt.offset); !got.Equal(tt.want) {
			t.Errorf("at %d: %v, want %v", tt.offset, got, tt.want)
		}
	}
	traced.remember(contexts[0], 400)
	if got := traced.take(400); !got.Equal(spans[0]) {
		t.Errorf("after it was empty: %v", got)
	}
}

// What could not be written is no message's request: its place in the log is another's then.
func TestTracedPutsThatFailed(t *testing.T) {
	traced := newTracedPuts()
	contexts, spans := requests(t, 4)
	for i, ctx := range contexts[:3] {
		traced.remember(ctx, int64(100*i))
	}
	traced.remember(contexts[3], 100) // 100 and 200 were taken back
	for offset, want := range []observ.SpanContext{spans[0], spans[3], {}} {
		if got := traced.take(int64(100 * offset)); !got.Equal(want) {
			t.Errorf("at %d: %v, want %v", 100*offset, got, want)
		}
	}
}

// What nobody takes, for the level of detail has changed meanwhile, does not stay in the way of what comes later.
func TestTracedPutsHaveAnEnd(t *testing.T) {
	traced := newTracedPuts()
	contexts, spans := requests(t, 1)
	const many = 3 * maxTracedPuts
	for i := range int64(many) {
		traced.remember(contexts[0], i)
	}
	if n := len(traced.waiting); n != maxTracedPuts {
		t.Fatalf("%d wait, want %d", n, maxTracedPuts)
	}
	if traced.take(many); len(traced.waiting) != 0 {
		t.Errorf("%d wait still", len(traced.waiting))
	}
	for i := range int64(many) { // one behind the other, never empty
		traced.remember(contexts[0], many+i)
		traced.remember(contexts[0], many+i)
		if got := traced.take(many + i - 1); i > 0 && !got.Equal(spans[0]) {
			t.Fatalf("round %d: %v", i, got)
		}
	}
	if n := cap(traced.waiting); n > 4*maxTracedPuts {
		t.Errorf("room for %d is kept", n)
	}
}
