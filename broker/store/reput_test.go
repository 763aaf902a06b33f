package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
)

var requestStep = observ.Define(observ.Op{ID: "test.request", Kind: observ.Server})

// tracedMachine is a machine whose store reports to a recorder, and which is dispatched by hand.
func tracedMachine(t *testing.T) (*machine, *observ.Component, *spantest.Recorder) {
	rec := spantest.NewRecorder()
	component := observ.NewComponent(rec.Provider("broker"))
	m := newMachine(t, 3)
	m.cfg.FlushDiskType = AsyncFlush
	s, err := Open(m.cfg, Deps{Disk: m.disk, Component: component})
	m.must(err)
	m.store = s
	rec.Reset()
	return m, component, rec
}

// putTraced stores a message in a request that is recorded, and returns the request's span.
func (m *machine) putTraced(component *observ.Component, topic string) observ.SpanContext {
	m.t.Helper()
	ctx, step := component.Start(context.Background(), requestStep, observ.NewRoot())
	inner := MessageExtBrokerInner{PropertiesString: "UNIQ_KEY\x01u\x02"}
	inner.Topic, inner.Body = topic, []byte("traced")
	if r := m.store.AsyncPutMessage(ctx, &inner).Result(); !r.OK() {
		m.fatalf("put: %v, %v", r.Status, r.Err)
	}
	step.End(nil)
	return step.SpanContext()
}

// linksOf are the spans that one is linked to.
func linksOf(s sdktrace.ReadOnlySpan) (to []observ.SpanContext) {
	for _, l := range s.Links() {
		to = append(to, l.SpanContext)
	}
	return to
}

// expectLinks holds a span's links against the spans that it should be linked to, in order.
func expectLinks(t *testing.T, s sdktrace.ReadOnlySpan, want []observ.SpanContext) {
	t.Helper()
	got := linksOf(s)
	if len(got) != len(want) || s.DroppedLinks() != 0 {
		t.Fatalf("%s has %d links and dropped %d, want %d", s.Name(), len(got), s.DroppedLinks(), len(want))
	}
	for i := range want {
		if got[i].SpanID() != want[i].SpanID() || got[i].TraceID() != want[i].TraceID() {
			t.Errorf("link %d of %s leads to %v, not %v", i, s.Name(), got[i].SpanID(), want[i].SpanID())
		}
	}
}

// expectAttrs holds attributes of a span against "key=value" pairs; a value of "" is an attribute that it should not have.
func expectAttrs(t *testing.T, s sdktrace.ReadOnlySpan, want map[attribute.Key]string) {
	t.Helper()
	for key, value := range want {
		if got := spantest.Attr(s, string(key)); got != value {
			t.Errorf("%s of %s is %q, not %q", key, s.Name(), got, value)
		}
	}
}

// The messages of a round share one dispatch: its spans count them, and it is linked to the request of each that somebody traces.
func TestARoundIsOneDispatch(t *testing.T) {
	m, component, rec := tracedMachine(t)
	var heard tracedArrivals
	m.store.SetMessageArrivingListener(&heard)
	var want []observ.SpanContext
	want = append(want, m.putTraced(component, "A"))
	m.putMessage("A", "nobody's", "", 0)
	const elsewhere, dropped = "4bf92f3577b34da6a3ce929d0e0e4736", "5bf92f3577b34da6a3ce929d0e0e4736"
	m.putMessage("B", "another process's", "traceparent\x0100-"+elsewhere+"-00f067aa0ba902b7-01\x02", 0)
	_, named := observ.Extract(context.Background(), requestCarrier{&dispatchRequest{properties: "traceparent\x0100-" + elsewhere + "-00f067aa0ba902b7-01"}})
	want = append(want, named)
	m.putMessage("B", "not sampled", "traceparent\x0100-"+dropped+"-00f067aa0ba902b7-00\x02", 0)
	m.putMessage("A", "half", "", message.FlagTransactionPrepared)
	want = append(want, m.putTraced(component, "C"))
	end := m.store.MaxPhyOffset()
	m.must(m.store.reput.drain())

	dispatches := rec.Named(stepDoReput.Name)
	if len(dispatches) != 1 {
		t.Fatalf("%d dispatches", len(dispatches))
	}
	d := dispatches[0]
	expectLinks(t, d, want)
	expectAttrs(t, d, map[attribute.Key]string{
		"messaging.batch.message_count": "6", "rocketmq.commitlog.offset": "0", "rocketmq.commitlog.bytes": strconv.FormatInt(end, 10),
		"messaging.destination.name": "", "rocketmq.queue.id": "", "rocketmq.queue.offset": "",
	})
	children := rec.Trace(d.SpanContext().TraceID())
	if len(children) != 4 || d.Parent().IsValid() {
		t.Errorf("%d spans, parent %v", len(children), d.Parent())
	}
	for name, count := range map[string]string{"buildConsumeQueue": "6", "buildIndex": "6", "notifyMessageArriving": "5"} {
		s := spantest.Find(t, children, name)
		expectAttrs(t, s, map[attribute.Key]string{"messaging.batch.message_count": count, "rocketmq.queue.offset": ""})
	}
	if got, want := fmt.Sprint(heard), "[A/1:true A/2:false B/1:true B/2:false C/1:true]"; got != want {
		t.Errorf("the listener was told %s, want %s", got, want)
	}
	spantest.Conform(t, children)
}

// tracedArrivals remembers what the listener was told, and whether in a recorded step.
type tracedArrivals []string

func (a *tracedArrivals) Arriving(ctx context.Context, m *MessageArrival) {
	*a = append(*a, fmt.Sprintf("%s/%d:%t", m.Topic, m.LogicOffset, observ.Records(ctx)))
}

// A span keeps 128 links: with more messages in a round there are more dispatches, so that each request finds its own.
func TestDispatchKeepsAllItsLinks(t *testing.T) {
	m, component, rec := tracedMachine(t)
	m.cfg.MappedFileSizeCommitLog = 1 << 20
	m.disk.Kill()
	s, err := Open(m.cfg, Deps{Disk: m.disk, Component: component})
	m.must(err)
	m.store = s
	rec.Reset()
	const n = 300
	var want []observ.SpanContext
	for range n {
		want = append(want, m.putTraced(component, "A"))
	}
	m.must(m.store.reput.drain())
	dispatches := rec.Named(stepDoReput.Name)
	if len(dispatches) != 3 {
		t.Fatalf("%d dispatches", len(dispatches))
	}
	for _, d := range dispatches {
		links := min(len(want), 128)
		expectLinks(t, d, want[:links])
		expectAttrs(t, d, map[attribute.Key]string{"messaging.batch.message_count": strconv.Itoa(links)})
		want = want[links:]
	}
	if got := m.readQueue(QueueKey{Topic: "A"}); len(got) != n {
		t.Errorf("A holds %d messages", len(got))
	}
}

// A dispatch that fails says so, tells nobody and is done again.
func TestFailedDispatchIsDoneAgain(t *testing.T) {
	m, component, rec := tracedMachine(t)
	var heard tracedArrivals
	m.store.SetMessageArrivingListener(&heard)
	want := []observ.SpanContext{m.putTraced(component, "A"), m.putTraced(component, "A")}
	m.disk.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if strings.Contains(op.Name, "/index/") {
			return simdisk.ErrIO
		}
		return nil
	}})
	if err := m.store.reput.drain(); !errors.Is(err, simdisk.ErrIO) {
		t.Fatalf("dispatch: %v", err)
	}
	failed := rec.WaitStep(t, stepDoReput.ID)
	expectLinks(t, failed, want)
	if failed.Status().Code != codes.Error || len(heard) != 0 || m.store.reput.from.Load() != 0 {
		t.Errorf("status %v, %d arrivals, dispatched up to %d", failed.Status(), len(heard), m.store.reput.from.Load())
	}
	m.disk.Inject(simdisk.Faults{})
	m.must(m.store.reput.drain())
	if got := m.readQueue(QueueKey{Topic: "A"}); len(got) != 2 || len(heard) != 2 {
		t.Errorf("A holds %q, the listener was told %v", got, heard)
	}
	res, err := m.store.QueryMessage(context.Background(), "A", "u", 32, 0, math.MaxInt64)
	if err != nil || len(res.Sizes) != 2 {
		t.Errorf("the index has %+v, %v", res, err)
	}
}
