package store_test

import (
	"context"
	"testing"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
)

var requestStep = observ.Define(observ.Op{ID: "test.request", Kind: observ.Server})

// listener is a message arriving listener that does nothing.
type listener struct{}

func (listener) Arriving(context.Context, *store.MessageArrival) {}

// tracedStore is an open store that reports to a recorder.
func tracedStore(t *testing.T, flush store.FlushDiskType) (*store.DefaultMessageStore, *observ.Component, *spantest.Recorder) {
	t.Helper()
	rec := spantest.NewRecorder()
	component := observ.NewComponent(rec.Provider("broker"))
	cfg := smallConfig(t.TempDir())
	cfg.FlushDiskType = flush
	s, err := store.Open(cfg, store.Deps{Component: component})
	if err != nil {
		t.Fatal(err)
	}
	s.SetMessageArrivingListener(listener{})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, component, rec
}

// A traced put shows its way through the log in the request's trace; what happens behind it has traces of its own, which link
// to the request.
func TestPutSpans(t *testing.T) {
	for _, c := range []struct {
		golden string
		flush  store.FlushDiskType
	}{{"put_async_flush", store.AsyncFlush}, {"put_sync_flush", store.SyncFlush}} {
		t.Run(c.golden, func(t *testing.T) {
			s, component, rec := tracedStore(t, c.flush)
			ctx, step := component.Start(context.Background(), requestStep)
			m := newMessage("TopicTest", 1, "hello", "UNIQ_KEY\x01u\x02")
			if r := s.AsyncPutMessage(ctx, m).Wait(ctx); !r.OK() {
				t.Fatal(r.Err)
			}
			step.End(nil)
			spantest.Golden(t, c.golden, spantest.RenderTree(rec.WaitTrace(t, step.SpanContext().TraceID(), "request")))

			reput := rec.WaitStep(t, "store.doReput")
			if links := reput.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != step.SpanContext().SpanID() {
				t.Errorf("doReput links to %v, not to the request", links)
			}
			spantest.Golden(t, "reput", spantest.RenderTree(rec.WaitTrace(t, reput.SpanContext().TraceID(), reput.Name())))
			if c.flush == store.SyncFlush {
				commit := rec.WaitStep(t, "commitlog.doCommit")
				if len(commit.Links()) != 1 || commit.Parent().IsValid() {
					t.Errorf("the group commit has links %v and parent %v", commit.Links(), commit.Parent())
				}
			}
			for _, op := range store.Steps() {
				if at, seen := op.Located(); seen && at.Function != "github.com/plumemq/plume/"+op.Func {
					t.Errorf("%s runs in %s, it says %s", op.ID, at.Function, op.Func)
				}
			}
		})
	}
}

func TestUntracedPutHasNoSpans(t *testing.T) {
	s, _, rec := tracedStore(t, store.AsyncFlush)
	rec.Reset()
	put(t, s, newMessage("TopicTest", 0, "x", ""))
	settled(t, s)
	if spans := rec.Spans(); len(spans) != 0 {
		t.Errorf("%d spans for a message that nobody traces, first %s", len(spans), spans[0].Name())
	}
}

// A message that another process stored names the span that sent it.
func TestMessageThatNamesItsSpanIsLinkedToIt(t *testing.T) {
	s, _, rec := tracedStore(t, store.AsyncFlush)
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	put(t, s, newMessage("TopicTest", 0, "x", "traceparent\x0100-"+id+"-00f067aa0ba902b7-01\x02"))
	if links := rec.WaitStep(t, "store.doReput").Links(); len(links) != 1 || links[0].SpanContext.TraceID().String() != id {
		t.Errorf("links %v", links)
	}
}
