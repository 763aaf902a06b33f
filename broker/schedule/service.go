package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

const (
	pollInterval = 100 * time.Millisecond // Java: ScheduleMessageService.DELAY_FOR_A_WHILE
	errorPause   = 10 * time.Second       // Java: ScheduleMessageService.DELAY_FOR_A_PERIOD
	batch        = 32                     // queue entries read at a time
)

// MessageStore is what the service needs of the store. [store.DefaultMessageStore] is one.
type MessageStore interface {
	MinOffsetInQueue(topic string, queueID int32) int64
	MaxOffsetInQueue(topic string, queueID int32) int64
	ConsumeQueueEntries(topic string, queueID int32, offset int64, max int) ([]store.ConsumeQueueUnit, error)
	LookMessageByOffset(offset int64) (*message.MessageExt, error)
	AsyncPutMessage(ctx context.Context, msg *store.MessageExtBrokerInner) store.PutFuture
	MaxPhyOffset() int64
	FlushedOffset() int64
}

// Config is what a [ScheduleMessageService] is made of. Clock must be set; a nil Component or Logger is silent.
type Config struct {
	Levels Levels
	// FlushInterval is the time between writes of delayOffset.json.
	FlushInterval time.Duration
	File          *configfile.File
	Clock         clock.Clock
	Component     *observ.Component
	Logger        *zap.Logger
	// Delivered, if set, is told of each message delivered.
	Delivered func(ctx context.Context, topic string, r store.AppendMessageResult)
}

// ScheduleMessageService delivers what is due. Its methods are safe for concurrent use.
//
// Java: broker.schedule.ScheduleMessageService (5.5.0).
type ScheduleMessageService struct {
	cfg   Config
	store MessageStore
	log   *zap.Logger

	delivering sync.WaitGroup

	mu      sync.Mutex // owns all below
	levels  []levelState
	pending []snapshot // offsets that wait for their deliveries to be on disk, oldest first
	version dataVersion
}

// levelState is how far one level is.
type levelState struct {
	offset int64     // of the next message to deliver
	busy   bool      // a goroutine delivers
	next   time.Time // not worth looking before
}

// NewScheduleMessageService delivers nothing before Run.
func NewScheduleMessageService(cfg Config, s MessageStore) *ScheduleMessageService {
	if cfg.Logger == nil {
		cfg.Logger = zap.NewNop()
	}
	return &ScheduleMessageService{cfg: cfg, store: s, log: cfg.Logger, levels: make([]levelState, cfg.Levels.Max())}
}

// Levels are the delays.
func (s *ScheduleMessageService) Levels() Levels { return s.cfg.Levels }

// Run delivers until ctx is done and then waits for the deliveries under way. It does not write delayOffset.json for the last
// time: call Persist when the store has been flushed.
func (s *ScheduleMessageService) Run(ctx context.Context) error {
	poll := s.cfg.Clock.NewTicker(pollInterval)
	defer poll.Stop()
	flush := s.cfg.Clock.NewTicker(s.cfg.FlushInterval)
	defer flush.Stop()
	defer s.delivering.Wait()
	for {
		select {
		case <-poll.C():
			s.startDue(ctx)
		case <-flush.C():
			if err := s.Persist(); err != nil {
				observ.Logger(ctx, s.log).Error("delay offsets not written", zap.Error(err))
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// startDue starts a delivery for each level that may have something due and is not at it already.
func (s *ScheduleMessageService) startDue(ctx context.Context) {
	now := s.cfg.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.levels {
		l := &s.levels[i]
		if l.busy || now.Before(l.next) || s.store.MaxOffsetInQueue(message.TopicSchedule, int32(i)) == l.offset {
			continue
		}
		l.busy = true
		s.delivering.Go(func() { s.deliverLevel(ctx, i) })
	}
}

// deliverLevel delivers what is due in queue i, one message after the other.
func (s *ScheduleMessageService) deliverLevel(ctx context.Context, i int) {
	s.mu.Lock()
	offset := s.levels[i].offset
	s.mu.Unlock()
	offset, next, err := s.executeOnTimeUp(ctx, int32(i), offset)
	if err != nil && !errors.Is(err, context.Canceled) {
		observ.Logger(ctx, s.log).Error("delayed messages are not delivered", zap.Int("level", i+1), zap.Int64("offset", offset), zap.Error(err))
		next = s.cfg.Clock.Now().Add(errorPause)
	}
	s.mu.Lock()
	s.levels[i] = levelState{offset: offset, next: next}
	s.mu.Unlock()
}

// executeOnTimeUp delivers from offset on and returns where it stopped and when to look again.
//
// Java: ScheduleMessageService.DeliverDelayedMessageTimerTask#executeOnTimeUp (5.5.0).
func (s *ScheduleMessageService) executeOnTimeUp(ctx context.Context, queueID int32, offset int64) (int64, time.Time, error) {
	offset = s.correct(queueID, offset)
	for ctx.Err() == nil {
		entries, err := s.store.ConsumeQueueEntries(message.TopicSchedule, queueID, offset, batch)
		if err != nil {
			return offset, time.Time{}, fmt.Errorf("read queue %d of %s: %w", queueID, message.TopicSchedule, err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			due := s.correctDeliverTimestamp(queueID, e.TagsCode)
			if due.After(s.cfg.Clock.Now()) {
				return offset, due, nil
			}
			if err := s.deliver(ctx, e, due); err != nil {
				return offset, time.Time{}, err
			}
			offset = e.QueueOffset + 1
			s.advance(queueID, offset)
		}
	}
	return offset, time.Time{}, ctx.Err()
}

// correct moves an offset that the queue no longer or not yet has to the nearest that it has.
func (s *ScheduleMessageService) correct(queueID int32, offset int64) int64 {
	return min(max(offset, s.store.MinOffsetInQueue(message.TopicSchedule, queueID)), s.store.MaxOffsetInQueue(message.TopicSchedule, queueID))
}

// correctDeliverTimestamp takes a due time further away than the level's delay (a clock that went back, a level made shorter)
// for now.
func (s *ScheduleMessageService) correctDeliverTimestamp(queueID int32, due int64) time.Time {
	now := s.cfg.Clock.Now()
	t := time.UnixMilli(due)
	if t.After(now.Add(s.cfg.Levels[queueID])) {
		return now
	}
	return t
}

// deliver stores one due message under its real topic. A record that is gone, or names no topic, is passed over; one that cannot be read
// now is not.
func (s *ScheduleMessageService) deliver(ctx context.Context, e store.ConsumeQueueUnit, due time.Time) (err error) {
	stored, err := s.store.LookMessageByOffset(e.PhyOffset)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read the message at %d: %w", e.PhyOffset, err)
	}
	if err != nil || stored == nil {
		observ.Logger(ctx, s.log).Warn("delayed message is gone", zap.Int64("commitLogOffset", e.PhyOffset), zap.Error(err))
		return nil
	}
	msg, ok := messageTimeUp(stored)
	if !ok {
		observ.Logger(ctx, s.log).Error("delayed message names no real topic", zap.String("msgId", stored.MsgID), zap.Int64("commitLogOffset", e.PhyOffset))
		return nil
	}
	ctx, step := s.traceDeliver(ctx, msg, due)
	defer step.End(&err)
	result := s.store.AsyncPutMessage(ctx, msg).Wait(ctx)
	if !result.Status.Stored() {
		return fmt.Errorf("deliver to %s: %s: %w", msg.Topic, result.Status, errors.Join(errNotStored, result.Err))
	}
	if s.cfg.Delivered != nil {
		s.cfg.Delivered(ctx, msg.Topic, result.AppendResult)
	}
	return nil
}

var errNotStored = errors.New("the store refused the message")

func (s *ScheduleMessageService) advance(queueID int32, offset int64) {
	s.mu.Lock()
	s.levels[queueID].offset = offset
	s.version.changed(s.cfg.Clock)
	s.mu.Unlock()
}

// RunningStats adds "scheduleMessageOffset_<level>": "<delivered>,<stored>" for each level in use, as request 28 reports them.
//
// Java: broker.schedule.ScheduleMessageService#buildRunningStats (5.5.0).
func (s *ScheduleMessageService) RunningStats(stats map[string]string) {
	for level, offset := range s.Offsets() {
		end := s.store.MaxOffsetInQueue(message.TopicSchedule, int32(level-1))
		stats[fmt.Sprintf("scheduleMessageOffset_%d", level)] = fmt.Sprintf("%d,%d", offset, end)
	}
}

// Offsets are the levels in use and their next offsets.
func (s *ScheduleMessageService) Offsets() map[int]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offsetsLocked()
}

func (s *ScheduleMessageService) offsetsLocked() map[int]int64 {
	offsets := map[int]int64{}
	for i, l := range s.levels {
		if l.offset > 0 {
			offsets[i+1] = l.offset
		}
	}
	return offsets
}
