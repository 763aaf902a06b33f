package tracedispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/client/internal/tracedispatcher"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// topicBroker takes trace messages; hold, while set, keeps it from answering.
type topicBroker struct {
	mu   sync.Mutex
	got  []*message.Message
	hold chan struct{}
	fail error
}

func (b *topicBroker) send(ctx context.Context, msg *message.Message, done func(error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, msg)
	hold, fail := b.hold, b.fail
	if hold == nil {
		done(fail)
		return
	}
	go func() {
		select {
		case <-hold:
			done(fail)
		case <-ctx.Done():
			done(ctx.Err())
		}
	}()
}

// taken is the trace message that came as the i-th.
func (b *topicBroker) taken(i int) *message.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[i]
}

// ids are the message ids of the records in each trace message.
func (b *topicBroker) ids(t *testing.T) (ids [][]string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, msg := range b.got {
		records, err := messagetrace.Decode(msg.Body)
		if err != nil {
			t.Fatal(err)
		}
		var of []string
		for _, r := range records {
			of = append(of, r.MsgID)
		}
		ids = append(ids, of)
	}
	return ids
}

func run(t *testing.T, test func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, logs *observer.ObservedLogs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		b := &topicBroker{}
		d := tracedispatcher.New(tracedispatcher.Config{
			Topic: "Traces", Send: b.send, Clock: clock.System, Log: zap.New(core), Component: observ.NewComponent(nil),
		})
		test(t, b, d, logs)
	})
}

func sent(topic, id, keys string) tracedispatcher.Context {
	return tracedispatcher.Context{Records: []messagetrace.Record{{Type: messagetrace.Pub, Topic: topic, MsgID: id, Keys: keys}}}
}

func TestABatchIsSentWhenItIsFull(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, _ *observer.ObservedLogs) {
		for i := range 12 {
			d.Append(sent("T", fmt.Sprint(i), "key"))
		}
		synctest.Wait()
		if got := b.ids(t); len(got) != 1 || len(got[0]) != 10 {
			t.Errorf("at once: %v, want the first 10", got)
		}
		if msg := b.taken(0); msg.Topic != "Traces" || !slices.Equal(msg.Keys(), strings.Fields("0 key 1 2 3 4 5 6 7 8 9")) {
			t.Errorf("topic %s, keys %v", msg.Topic, msg.Keys())
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := b.ids(t); len(got) != 2 || !slices.Equal(got[1], []string{"10", "11"}) {
			t.Errorf("after 5 s: %v, want the other 2 too", got)
		}
		time.Sleep(5 * time.Second)
		d.Append(sent("T", "12", ""))
		synctest.Wait()
		if got := b.ids(t); len(got) != 3 {
			t.Errorf("after a quiet time: %v, want the one at once", got)
		}
		d.Append(sent("T", "13", ""))
		d.Shutdown(t.Context())
		if got := b.ids(t); len(got) != 4 || d.Dropped() != 0 {
			t.Errorf("after the shutdown: %v, %d dropped", got, d.Dropped())
		}
	})
}

func TestTopicsTravelApart(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, _ *observer.ObservedLogs) {
		d.Append(sent("B", "1", ""))
		d.Append(sent("A", "2", ""))
		d.Append(sent("B", "3", ""))
		d.Shutdown(t.Context())
		if got := fmt.Sprint(b.ids(t)); got != "[[2] [1 3]]" {
			t.Error(got)
		}
	})
}

func TestBodiesAndKeysAreBounded(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, _ *observer.ObservedLogs) {
		big := tracedispatcher.Context{}
		for i := range 3000 { // of a batch of messages, with 36 bytes of id each
			big.Records = append(big.Records, messagetrace.Record{Type: messagetrace.SubBefore, Topic: "T", MsgID: fmt.Sprintf("%036d", i)})
		}
		d.Append(big)
		d.Append(sent("T", "long", strings.Repeat("k", 100000)+" "+strings.Repeat("l", 60000)))
		d.Append(sent("T", "after", ""))
		d.Shutdown(t.Context())
		records := 0
		for i, of := range b.ids(t) {
			records += len(of)
			if body, keys := len(b.taken(i).Body), len(b.taken(i).Properties.String()); keys > message.MaxPropertiesSize || body > 128000 && len(of) > 1 {
				t.Errorf("message %d: %d bytes of body, %d of properties", i, body, keys)
			}
			for _, id := range of {
				if !slices.Contains(b.taken(i).Keys(), id) {
					t.Errorf("message %d is not to be found by %s", i, id)
				}
			}
		}
		if records != 3002 {
			t.Errorf("%d records, want 3002", records)
		}
	})
}

func TestAFullQueueDrops(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, logs *observer.ObservedLogs) {
		b.hold = make(chan struct{})
		const many = 5000
		for i := range many {
			d.Append(sent("T", fmt.Sprint(i), "")) // never waits
			if i%10 == 0 {
				synctest.Wait()
			}
		}
		held := int64(2048 + 5*10) // the queue, 4 messages under way, and a batch that waits for a place
		if got := d.Dropped(); got != many-held {
			t.Errorf("%d dropped, want %d", got, many-held)
		}
		if n := logs.FilterMessage("message trace queue is full: records dropped").Len(); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
		close(b.hold)
		d.Shutdown(t.Context())
		records := 0
		for _, of := range b.ids(t) {
			records += len(of)
		}
		if int64(records) != held || d.Dropped() != many-held {
			t.Errorf("%d sent, %d dropped", records, d.Dropped())
		}
		if n := logs.FilterMessage("message trace is incomplete").Len(); n != 1 {
			t.Errorf("the sum was logged %d times", n)
		}
		d.Append(sent("T", "late", ""))
		if got := d.Dropped(); got != many-held+1 {
			t.Errorf("after the shutdown: %d dropped", got)
		}
	})
}

func TestAShutdownHasPatienceFor5s(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, _ *observer.ObservedLogs) {
		b.hold = make(chan struct{})
		for i := range 100 {
			d.Append(sent("T", fmt.Sprint(i), ""))
		}
		began := time.Now()
		d.Shutdown(t.Context())
		synctest.Wait()
		if took := time.Since(began); took != 5*time.Second || d.Dropped() != 100 {
			t.Errorf("took %v, %d dropped", took, d.Dropped())
		}
	})
}

func TestWhatCannotBeSentIsCounted(t *testing.T) {
	run(t, func(t *testing.T, b *topicBroker, d *tracedispatcher.AsyncTraceDispatcher, logs *observer.ObservedLogs) {
		b.fail = errors.New("no route")
		for i := range 25 {
			d.Append(sent("T", fmt.Sprint(i), ""))
		}
		d.Shutdown(t.Context())
		if n := logs.FilterMessage("message trace could not be sent: records dropped").Len(); n != 1 || d.Dropped() != 25 {
			t.Errorf("logged %d times, %d dropped", n, d.Dropped())
		}
	})
}

func TestGroupName(t *testing.T) {
	if got := tracedispatcher.GroupName("orders", tracedispatcher.Produce); got != "_INNER_TRACE_PRODUCER-orders-PRODUCE-1" {
		t.Error(got)
	}
	if got := tracedispatcher.GroupName(strings.Repeat("x", 120), tracedispatcher.Consume); message.ValidateGroup(got) != nil || !strings.HasSuffix(got, "x-CONSUME-1") {
		t.Error(got)
	}
}
