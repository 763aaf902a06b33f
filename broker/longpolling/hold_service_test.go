package longpolling_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fakeOffsets struct {
	mu  sync.Mutex
	max int64
}

func (f *fakeOffsets) MaxOffsetInQueue(string, int32) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.max
}

func (f *fakeOffsets) set(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.max = n
}

type onlyTag int64

func (t onlyTag) IsMatchedByConsumeQueue(code int64) bool { return code == int64(t) }
func (onlyTag) IsMatchedByCommitLog([]byte) bool          { return true }

type bench struct {
	offsets fakeOffsets
	service *longpolling.PullRequestHoldService
	woken   chan longpolling.Wakeup
}

func run(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{woken: make(chan longpolling.Wakeup, 10)}
		b.service = longpolling.NewPullRequestHoldService(&b.offsets, clock.System, 0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = b.service.Run(ctx) }()
		f(t, b)
		cancel()
		<-done
		if n := b.service.Held("T"); n != 0 {
			t.Errorf("%d pulls are held after the end", n)
		}
	})
}

func (b *bench) hold(timeout time.Duration, offset int64) {
	b.service.SuspendPullRequest(&longpolling.PullRequest{
		Topic: "T", QueueID: 1, Offset: offset, Filter: onlyTag(7), Timeout: timeout,
		Wake: func(w longpolling.Wakeup) { b.woken <- w },
	})
}

func (b *bench) arrive(end, tag int64) {
	b.service.Arriving(context.Background(), &store.MessageArrival{Topic: "T", QueueID: 1, LogicOffset: end, TagsCode: tag})
}

func (b *bench) expect(t *testing.T, want longpolling.Reason) {
	t.Helper()
	synctest.Wait()
	select {
	case w := <-b.woken:
		if w.Reason != want {
			t.Fatalf("woken by %s, want %s", w.Reason, want)
		}
	default:
		t.Fatalf("not woken; want %s", want)
	}
}

func (b *bench) expectHeld(t *testing.T) {
	t.Helper()
	synctest.Wait()
	if b.service.Held("T") != 1 || len(b.woken) != 0 {
		t.Fatalf("held %d, woken %d; want 1 held", b.service.Held("T"), len(b.woken))
	}
}

func TestArrivingWakesWhatTheFilterWants(t *testing.T) {
	run(t, func(t *testing.T, b *bench) {
		b.hold(15*time.Second, 0)
		b.arrive(1, 8) // another tag
		b.expectHeld(t)
		b.arrive(2, 7)
		b.expect(t, longpolling.Arrived)
	})
}

func TestMessageBeforeTheHoldIsNotMissed(t *testing.T) {
	run(t, func(t *testing.T, b *bench) {
		b.offsets.set(1)
		b.hold(15*time.Second, 0)
		b.expect(t, longpolling.Arrived)
	})
}

func TestDeadlineIsSeenByTheNextCheck(t *testing.T) {
	run(t, func(t *testing.T, b *bench) {
		b.hold(7*time.Second, 0)
		time.Sleep(9 * time.Second)
		b.expectHeld(t)
		time.Sleep(2 * time.Second)
		b.expect(t, longpolling.TimedOut)
	})
}

func TestOlderArrivalLeavesThePullHeld(t *testing.T) {
	run(t, func(t *testing.T, b *bench) {
		b.hold(15*time.Second, 5)
		b.arrive(5, 7) // the pull wants offset 5, which does not exist yet
		b.expectHeld(t)
	})
}

func TestStopWakesEveryPull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{woken: make(chan longpolling.Wakeup, 10)}
		b.service = longpolling.NewPullRequestHoldService(&b.offsets, clock.System, 0)
		b.hold(time.Hour, 0)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = b.service.Run(ctx)
		b.expect(t, longpolling.Stopped)
		b.hold(time.Hour, 0) // too late: woken at once
		b.expect(t, longpolling.Stopped)
	})
}
