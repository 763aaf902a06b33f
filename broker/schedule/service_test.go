package schedule_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeStore is a schedule topic of one queue, and what was delivered.
type fakeStore struct {
	mu        sync.Mutex
	min       int64
	queue     []store.ConsumeQueueUnit
	messages  map[int64]*message.MessageExt
	delivered []string
	flushed   int64
	end       int64
	refuse    bool
	broken    error // of every read
}

func (f *fakeStore) add(text string, due time.Time, props ...message.Property) {
	f.mu.Lock()
	defer f.mu.Unlock()
	off := int64(len(f.queue)) * 100
	msg := &message.MessageExt{Message: message.Message{Topic: message.TopicSchedule, Body: []byte(text), Properties: props}}
	f.queue = append(f.queue, store.ConsumeQueueUnit{QueueOffset: int64(len(f.queue)), PhyOffset: off, TagsCode: due.UnixMilli()})
	f.messages[off] = msg
}

func (f *fakeStore) MinOffsetInQueue(string, int32) int64 { return f.min }

func (f *fakeStore) MaxOffsetInQueue(_ string, id int32) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != 0 {
		return 0
	}
	return int64(len(f.queue))
}

func (f *fakeStore) ConsumeQueueEntries(_ string, id int32, offset int64, most int) ([]store.ConsumeQueueUnit, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != 0 || offset >= int64(len(f.queue)) {
		return nil, nil
	}
	return append([]store.ConsumeQueueUnit(nil), f.queue[offset:min(int(offset)+most, len(f.queue))]...), nil
}

func (f *fakeStore) LookMessageByOffset(off int64) (*message.MessageExt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return nil, f.broken
	}
	if m := f.messages[off]; m != nil {
		return m, nil
	}
	return nil, store.ErrNotFound
}

func (f *fakeStore) AsyncPutMessage(_ context.Context, msg *store.MessageExtBrokerInner) store.PutFuture {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse {
		return store.Completed(store.PutMessageResult{Status: store.ServiceNotAvailable})
	}
	f.delivered = append(f.delivered, msg.Topic+"/"+strconv.Itoa(int(msg.QueueID))+":"+string(msg.Body))
	return store.Completed(store.PutMessageResult{Status: store.PutOK})
}

func (f *fakeStore) MaxPhyOffset() int64  { return f.end }
func (f *fakeStore) FlushedOffset() int64 { return f.flushed }

func (f *fakeStore) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.delivered) != len(want) {
		t.Fatalf("delivered %v, want %v", f.delivered, want)
	}
	for i := range want {
		if f.delivered[i] != want[i] {
			t.Fatalf("delivered %v, want %v", f.delivered, want)
		}
	}
}

func realQueue(topic, queue string) []message.Property {
	return []message.Property{{Name: message.PropertyRealTopic, Value: topic}, {Name: message.PropertyRealQueueID, Value: queue}}
}

func newService(t *testing.T, name string, f *fakeStore) *schedule.ScheduleMessageService {
	t.Helper()
	levels, err := schedule.ParseLevels("5s 1m")
	if err != nil {
		t.Fatal(err)
	}
	s := schedule.NewScheduleMessageService(schedule.Config{
		Levels: levels, FlushInterval: 10 * time.Second, File: configfile.New(disk.System, name), Clock: clock.System,
	}, f)
	if err := s.Load(); err != nil {
		t.Fatal(err)
	}
	return s
}

// running runs the service for as long as f.
func running(t *testing.T, s *schedule.ScheduleMessageService, f func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	f()
	cancel()
	<-done
}

func TestDeliversWhenDue(t *testing.T) {
	name := filepath.Join(t.TempDir(), "delayOffset.json")
	synctest.Test(t, func(t *testing.T) {
		f := &fakeStore{messages: map[int64]*message.MessageExt{}}
		s := newService(t, name, f)
		running(t, s, func() {
			f.add("a", time.Now().Add(5*time.Second), realQueue("T", "3")...)
			f.add("b", time.Now().Add(5*time.Second), realQueue("U", "0")...)
			time.Sleep(4900 * time.Millisecond)
			f.expect(t)
			time.Sleep(200 * time.Millisecond)
			f.expect(t, "T/3:a", "U/0:b")
			f.add("nowhere", time.Now())
			f.add("absurd", time.Now().Add(time.Hour), realQueue("T", "0")...) // the clock went back
			time.Sleep(200 * time.Millisecond)
			f.expect(t, "T/3:a", "U/0:b", "T/0:absurd")
		})
		if err := s.Persist(); err != nil {
			t.Fatal(err)
		}
		if got := newService(t, name, f).Offsets(); got[1] != 4 {
			t.Errorf("offsets after a restart: %v", got)
		}
		stats := map[string]string{}
		s.RunningStats(stats)
		if stats["scheduleMessageOffset_1"] != "4,4" {
			t.Errorf("running stats: %v", stats)
		}
	})
}

func TestARefusedDeliveryIsTriedAgain(t *testing.T) {
	name := filepath.Join(t.TempDir(), "delayOffset.json")
	synctest.Test(t, func(t *testing.T) {
		f := &fakeStore{messages: map[int64]*message.MessageExt{}, refuse: true}
		f.add("a", time.Now(), realQueue("T", "0")...)
		running(t, newService(t, name, f), func() {
			time.Sleep(time.Second)
			f.expect(t)
			f.mu.Lock()
			f.refuse = false
			f.mu.Unlock()
			time.Sleep(10 * time.Second)
			f.expect(t, "T/0:a")
		})
	})
}

// What cannot be read now is delivered once it can; what is gone holds up nothing.
func TestAMessageThatCannotBeReadIsNotPassedOver(t *testing.T) {
	name := filepath.Join(t.TempDir(), "delayOffset.json")
	synctest.Test(t, func(t *testing.T) {
		f := &fakeStore{messages: map[int64]*message.MessageExt{}, broken: errors.New("input/output error")}
		f.add("gone", time.Now(), realQueue("T", "0")...)
		f.add("a", time.Now(), realQueue("T", "0")...)
		delete(f.messages, 0)
		running(t, newService(t, name, f), func() {
			time.Sleep(time.Second)
			f.expect(t)
			f.mu.Lock()
			f.broken = nil
			f.mu.Unlock()
			time.Sleep(10 * time.Second)
			f.expect(t, "T/0:a")
		})
	})
}

func TestTheFileNamesOnlyWhatIsOnDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "delayOffset.json")
	synctest.Test(t, func(t *testing.T) {
		f := &fakeStore{messages: map[int64]*message.MessageExt{}, end: 500, flushed: 400}
		f.add("a", time.Now(), realQueue("T", "0")...)
		s := newService(t, name, f)
		running(t, s, func() { time.Sleep(time.Second) })
		persist := func() {
			if err := s.Persist(); err != nil {
				t.Fatal(err)
			}
		}
		persist()
		if got := newService(t, name, f).Offsets(); len(got) != 0 {
			t.Errorf("the file names %v, whose delivery a power cut would lose", got)
		}
		f.flushed = 500
		persist()
		if got := newService(t, name, f).Offsets(); got[1] != 1 {
			t.Errorf("the file names %v, want 1", got)
		}
	})
}

func TestLevels(t *testing.T) {
	levels, err := schedule.ParseLevels("1s 5m 2h 1d")
	if err != nil || levels.Max() != 4 || levels.DeliverTimestamp(3, 1000) != 1000+7200_000 || levels.DeliverTimestamp(9, 1000) != 2000 {
		t.Errorf("%v, %v", levels, err)
	}
	for _, bad := range []string{"", "5", "s", "-1s", "1y", "1s  x"} {
		if _, err := schedule.ParseLevels(bad); !errors.Is(err, schedule.ErrLevels) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPrepare(t *testing.T) {
	levels := schedule.Levels{time.Second, time.Minute}
	prepare := func(props message.Properties) (*store.MessageExtBrokerInner, *store.PutMessageResult) {
		msg := &store.MessageExtBrokerInner{PropertiesString: props.String()}
		msg.Topic, msg.QueueID = "T", 7
		return msg, levels.Prepare(context.Background(), msg)
	}
	msg, refused := prepare(message.Properties{{Name: "DELAY", Value: "99"}, {Name: "TIMER_DELAY_SEC", Value: "5"}, {Name: "traceparent", Value: "tp"}})
	if refused != nil || msg.Topic != message.TopicSchedule || msg.QueueID != 1 {
		t.Errorf("delayed: %+v %+v", msg, refused)
	}
	for k, want := range map[string]string{"DELAY": "2", "REAL_TOPIC": "T", "REAL_QID": "7", "TIMER_DELAY_SEC": "", "traceparent": "tp"} {
		if got := msg.Property(k); got != want {
			t.Errorf("%s is %q, want %q", k, got, want)
		}
	}
	if msg, refused := prepare(message.Properties{{Name: "K", Value: "DELAY"}}); refused != nil || msg.Topic != "T" {
		t.Errorf("plain: %+v %+v", msg, refused)
	}
	if _, refused := prepare(message.Properties{{Name: "TIMER_DELIVER_MS", Value: "5"}}); refused == nil || refused.Status != store.WheelTimerNotEnable {
		t.Errorf("timer: %+v", refused)
	}
}
