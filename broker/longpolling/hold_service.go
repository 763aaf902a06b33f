package longpolling

import (
	"context"
	"sync"
	"time"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
)

// CheckInterval is the time between two looks at the deadlines. Java: PullRequestHoldService#run.
const CheckInterval = 5 * time.Second

// MaxOffsets tells where queues end. [store.DefaultMessageStore] does.
type MaxOffsets interface {
	MaxOffsetInQueue(topic string, queueID int32) int64
}

// Reason is why a held pull was woken.
type Reason string

// The reasons; they appear in traces.
const (
	Arrived  Reason = "message_arriving"
	TimedOut Reason = "timeout"
	Stopped  Reason = "shutdown"
)

// Wakeup tells a held pull why it goes on.
type Wakeup struct {
	Reason Reason
	// By is the dispatch that brought the message, where it was recorded.
	By observ.SpanContext
}

// PullRequest is one held pull.
//
// Java: broker.longpolling.PullRequest (5.5.0).
type PullRequest struct {
	Topic   string
	QueueID int32
	// Offset is the queue offset asked for.
	Offset int64
	// Filter says which messages are worth waking for.
	Filter store.MessageFilter
	// Timeout is how long to hold at most, from the call of SuspendPullRequest.
	Timeout time.Duration
	// Wake continues the pull; called exactly once, on a goroutine of its own.
	Wake func(Wakeup)

	deadline time.Time
}

type queueKey struct {
	topic   string
	queueID int32
}

// PullRequestHoldService owns the held pulls. Safe for concurrent use.
//
// Java: broker.longpolling.PullRequestHoldService (5.5.0).
type PullRequestHoldService struct {
	offsets  MaxOffsets
	clock    clock.Clock
	interval time.Duration

	mu      sync.Mutex
	held    map[queueKey][]*PullRequest
	stopped bool
	waking  sync.WaitGroup
}

// NewPullRequestHoldService holds nothing yet. interval is the time between checks; zero is [CheckInterval].
func NewPullRequestHoldService(offsets MaxOffsets, c clock.Clock, interval time.Duration) *PullRequestHoldService {
	if interval <= 0 {
		interval = CheckInterval
	}
	return &PullRequestHoldService{offsets: offsets, clock: c, interval: interval, held: map[queueKey][]*PullRequest{}}
}

// SuspendPullRequest holds r. A message that arrived since the pull looked wakes it at once: Java leaves that to the next check.
func (s *PullRequestHoldService) SuspendPullRequest(r *PullRequest) {
	key := queueKey{r.Topic, r.QueueID}
	r.deadline = s.clock.Now().Add(r.Timeout)
	s.mu.Lock()
	if s.stopped { // too late to be waited for: stop may be waiting already
		s.mu.Unlock()
		go r.Wake(Wakeup{Reason: Stopped})
		return
	}
	s.held[key] = append(s.held[key], r)
	s.mu.Unlock()
	if end := s.offsets.MaxOffsetInQueue(r.Topic, r.QueueID); end > r.Offset {
		s.notify(key, end, nil, observ.SpanContext{})
	}
}

// Arriving wakes the pulls that wait for the message: the store's listener. It does not block.
//
// Java: broker.longpolling.NotifyMessageArrivingListener#arriving (5.5.0).
func (s *PullRequestHoldService) Arriving(ctx context.Context, a *store.MessageArrival) {
	key := queueKey{a.Topic, a.QueueID}
	s.mu.Lock()
	waiting := len(s.held[key]) > 0
	s.mu.Unlock()
	if waiting {
		s.notifyMessageArriving(ctx, key, a)
	}
}

func (s *PullRequestHoldService) notifyMessageArriving(ctx context.Context, key queueKey, a *store.MessageArrival) {
	ctx, step := traceNotifyMessageArriving(ctx, a)
	defer step.End(nil)
	woken := s.notify(key, a.LogicOffset, &a.TagsCode, observ.SpanContextOf(ctx))
	traceWoken(step, woken)
}

// notify wakes the pulls of one queue that reach below end and want a message with tags; nil tags match every filter. It also
// wakes those whose time is up, and returns how many it woke.
//
// Java: broker.longpolling.PullRequestHoldService#notifyMessageArriving (5.5.0).
func (s *PullRequestHoldService) notify(key queueKey, end int64, tags *int64, by observ.SpanContext) int {
	s.mu.Lock()
	requests := s.held[key]
	now := s.clock.Now()
	var kept []*PullRequest
	for _, r := range requests {
		switch {
		case end > r.Offset && (tags == nil || r.Filter.IsMatchedByConsumeQueue(*tags)):
			s.startLocked(r, Wakeup{Reason: Arrived, By: by})
		case !now.Before(r.deadline):
			s.startLocked(r, Wakeup{Reason: TimedOut})
		default:
			kept = append(kept, r)
		}
	}
	if len(kept) > 0 { // never after stop, which leaves nothing held
		s.held[key] = kept
	} else {
		delete(s.held, key)
	}
	s.mu.Unlock()
	return len(requests) - len(kept)
}

// startLocked continues r elsewhere.
func (s *PullRequestHoldService) startLocked(r *PullRequest, w Wakeup) {
	s.waking.Add(1)
	go func() {
		defer s.waking.Done()
		r.Wake(w)
	}()
}

// Run checks the deadlines until ctx is done, then wakes every held pull and waits until they have gone on.
func (s *PullRequestHoldService) Run(ctx context.Context) error {
	ticker := s.clock.NewTicker(s.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
			s.checkHoldRequest()
		case <-ctx.Done():
			s.stop()
			return nil
		}
	}
}

// checkHoldRequest looks at every queue that somebody waits for.
func (s *PullRequestHoldService) checkHoldRequest() {
	s.mu.Lock()
	keys := make([]queueKey, 0, len(s.held))
	for k := range s.held {
		keys = append(keys, k)
	}
	s.mu.Unlock()
	for _, k := range keys {
		s.notify(k, s.offsets.MaxOffsetInQueue(k.topic, k.queueID), nil, observ.SpanContext{})
	}
}

func (s *PullRequestHoldService) stop() {
	s.mu.Lock()
	s.stopped = true
	for _, requests := range s.held {
		for _, r := range requests {
			s.startLocked(r, Wakeup{Reason: Stopped})
		}
	}
	s.held = nil
	s.mu.Unlock()
	s.waking.Wait()
}

// Held is how many pulls of a topic wait.
func (s *PullRequestHoldService) Held(topic string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for key, requests := range s.held {
		if key.topic == topic {
			n += len(requests)
		}
	}
	return n
}
