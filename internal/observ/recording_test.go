package observ

import (
	"context"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var (
	opOuter  = Define(Op{ID: "recording.outer"})
	opWithin = Define(Op{ID: "recording.within"})
	opEntry  = Define(Op{ID: "recording.entry", Detail: Semconv})
)

// entries is how many entry steps record.
func entries() (n int64) {
	for all := recording.steps.Load(); all > 0; all >>= countBits {
		n += all & (1<<countBits - 1)
	}
	return n
}

// The level of detail is that of the entry step's beginning, whichever others record, and a change holds for the next.
func TestWhatShows(t *testing.T) {
	deep := Define(Op{ID: "recording.deep", Detail: Deep})
	c, finest := NewComponent(sdktrace.NewTracerProvider()), NewComponent(sdktrace.NewTracerProvider())
	finest.SetDetail(Deep)
	shows := func(ctx context.Context) (s string) {
		for _, op := range []*Op{opEntry, opWithin, deep} {
			_, step := op.Start(ctx)
			if inner := op.Inner(ctx); step.On() != inner.On() || step.On() != op.Current(ctx).On() {
				t.Errorf("%s: started %v, inner %v, current %v", op.ID, step.On(), inner.On(), op.Current(ctx).On())
			}
			if step.On() {
				s += op.Detail.String() + " "
			}
			step.End(nil)
		}
		return s
	}
	for _, d := range []Detail{Semconv, Steps, Deep} {
		want := map[Detail]string{Semconv: "semconv ", Steps: "semconv steps ", Deep: "semconv steps deep "}[d]
		c.SetDetail(d)
		ctx, entry := c.Start(t.Context(), opEntry)
		if got := shows(ctx); got != want {
			t.Errorf("at %v: %s", d, got)
		}
		_, other := finest.Start(t.Context(), opEntry)
		c.SetDetail(Deep)
		if got := shows(ctx); got != want {
			t.Errorf("at %v, beside a finer one: %s", d, got)
		}
		other.End(nil)
		entry.End(nil)
	}
	if n := entries(); n != 0 {
		t.Errorf("%d entry steps still record", n)
	}
}

// While an entry step records, those within it do, too; when it has ended, once or twice, none does, even while others record.
func TestWhatRecords(t *testing.T) {
	c, before := NewComponent(sdktrace.NewTracerProvider()), entries()
	if _, none := opWithin.Start(t.Context()); none.On() {
		t.Error("a step of no entry step records")
	}
	ctx, outer := c.Start(t.Context(), opOuter)
	other, second := c.Start(t.Context(), opOuter)
	if n := entries() - before; n != 2 || !AnythingRecords() {
		t.Errorf("%d entry steps record", n)
	}
	below, within := opWithin.Start(ctx)
	within.End(nil)
	_, again := opWithin.Start(below) // below a span that has ended, in a step that has not
	again.End(nil)
	outer.End(nil)
	outer.End(nil)
	_, late := opWithin.Start(ctx)
	_, still := opWithin.Start(other)
	if !within.On() || !again.On() || late.On() || Current(ctx).On() || Records(ctx) || !still.On() {
		t.Errorf("within %v, again %v, late %v, current %v, of the other %v", within.On(), again.On(), late.On(), Current(ctx).On(), still.On())
	}
	still.End(nil)
	second.End(nil)
	if n := entries() - before; n != 0 {
		t.Errorf("%d entry steps still record", n)
	}
}

// The context of a refused step has a deadline without a word of the refusal being lost, and is otherwise what it was.
func TestBoundRefusedContext(t *testing.T) {
	type key struct{}
	c := NewComponent(refusing{sdktrace.NewTracerProvider()})
	var room RefusedRoom
	soon := time.Now().Add(time.Hour)
	if ctx, refused := room.Bound(t.Context(), soon); refused || ctx != t.Context() {
		t.Errorf("%v is refused by nobody", ctx)
	}
	for _, outer := range []context.Context{context.Background(), context.WithValue(t.Context(), key{}, "v")} {
		draw := c.DrawIn(outer, opOuter, &room)
		if draw.On() {
			t.Fatal("not refused")
		}
		ctx, refused := room.Bound(draw.Context(), soon)
		if !refused || entryOf(ctx) != &c.refusal || ctx.Value(key{}) != outer.Value(key{}) || ctx.Done() != outer.Done() {
			t.Errorf("%v", ctx)
		}
		if at, ok := ctx.Deadline(); !ok || at != soon {
			t.Errorf("ends at %v, %v", at, ok)
		}
		if again, _ := new(RefusedRoom).Bound(ctx, soon.Add(time.Hour)); again != ctx {
			t.Error("a later deadline counts")
		}
		if at, ok := draw.Context().Deadline(); ok {
			t.Errorf("the step's context ends at %v", at)
		}
		if !Inject(ctx, nil) {
			t.Error("nobody further on hears of it")
		}
	}
	if _, sure := c.Unrecorded(); !sure {
		t.Error("a request of a trace that is not recorded has to be drawn for")
	}
	c.SetPropagation(false)
	if _, sure := c.Unrecorded(); sure {
		t.Error("it follows what it does not read")
	}
}

type refusing struct{ trace.TracerProvider }

func (refusing) SampleRoot() bool { return false }
