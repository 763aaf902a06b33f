package store

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

const (
	// reputRetry is how long the reput service waits after an error.
	reputRetry = 100 * time.Millisecond
	// reputInterval is how long after a turn has begun the next one may: the first message after a pause is dispatched at once,
	// and under load many share a read of the log. Apache's service looks for messages once in that time.
	reputInterval = time.Millisecond
)

// reputMessageService reads the commit log in order and brings each message into its consume queue and the index, then tells
// the listener. It works in rounds: what one read of the log gave becomes visible together.
//
// Java: store.DefaultMessageStore.ReputMessageService (5.5.0).
type reputMessageService struct {
	store  *DefaultMessageStore
	reader *commitlog.Reader
	from   atomic.Int64 // everything before it is dispatched
	stored atomic.Int64 // store timestamp of the last message dispatched, ms
	wake   chan struct{}

	gaps bool // recovery found a consume queue that lacks entries

	// Of the present round; only the goroutine that dispatches touches them.
	record   message.Record // the one being dispatched
	said     recordSays
	touched  map[*consumequeue.ConsumeQueue]struct{}
	arrivals []MessageArrival
}

func newReputMessageService(s *DefaultMessageStore) *reputMessageService {
	return &reputMessageService{store: s, reader: s.commitLog.NewReader(0), wake: make(chan struct{}, 1), touched: map[*consumequeue.ConsumeQueue]struct{}{}}
}

// seek says up to where everything is dispatched.
func (r *reputMessageService) seek(offset int64) {
	r.reader.SeekTo(offset)
	r.from.Store(offset)
}

func (r *reputMessageService) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run dispatches whatever becomes readable, until ctx ends.
func (r *reputMessageService) run(ctx context.Context) {
	for {
		began := r.store.clock.Now()
		if err := r.catchUp(ctx); err != nil {
			observ.Logger(ctx, r.store.log).Error("reput: cannot dispatch, will retry", zap.Int64("offset", r.from.Load()), zap.Error(err))
			if clock.Sleep(ctx, r.store.clock, reputRetry) != nil {
				return
			}
			continue
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
			return
		}
		if early := reputInterval - r.store.clock.Now().Sub(began); early > 0 && clock.Sleep(ctx, r.store.clock, early) != nil {
			return
		}
	}
}

// drain dispatches everything, after run has ended.
func (r *reputMessageService) drain() error { return r.catchUp(context.Background()) }

// catchUp does rounds until everything is dispatched that was readable when it began.
func (r *reputMessageService) catchUp(ctx context.Context) error {
	end := r.store.commitLog.ConfirmOffset()
	for r.from.Load() < end && ctx.Err() == nil {
		if err := r.round(); err != nil {
			r.rollBack()
			return err
		}
	}
	return nil
}

// round dispatches what one read of the log gives.
func (r *reputMessageService) round() error {
	if first := r.store.commitLog.MinOffset(); r.reader.Offset() < first {
		r.reader.SeekTo(first)
	}
	end := r.store.commitLog.ConfirmOffset()
	if more, err := r.reader.Load(end); err != nil || !more {
		return err
	}
	for {
		var ok bool
		var err error
		if r.record, ok, err = r.reader.Next(); err != nil {
			return r.skipDamaged(end, err)
		}
		if !ok {
			break
		}
		if err := r.doReput(&r.record); err != nil {
			return err
		}
	}
	return r.endRound()
}

// endRound lets consumers see what the round gathered and tells the listener.
func (r *reputMessageService) endRound() error {
	if err := r.publish(); err != nil {
		return err
	}
	r.from.Store(r.reader.Offset())
	if l := r.store.listener; l != nil {
		for i := range r.arrivals {
			l.Arriving(context.Background(), &r.arrivals[i])
		}
	}
	clear(r.arrivals)
	r.arrivals = r.arrivals[:0]
	return nil
}

// skipDamaged goes on behind a record that has become unreadable since it was written.
func (r *reputMessageService) skipDamaged(end int64, cause error) error {
	if err := r.endRound(); err != nil { // first: what it gathered lies in the reader's buffer
		return err
	}
	at := r.reader.Offset()
	next, found, err := r.reader.Resync(end)
	if err != nil {
		return err
	}
	if !found {
		next = end
	}
	r.store.log.Error("reput: skipped damaged bytes of the commit log", zap.Int64("from", at), zap.Int64("to", next), zap.Error(cause))
	r.seek(next)
	return nil
}

// rollBack forgets what the round gathered: it is done again from where the last one ended.
func (r *reputMessageService) rollBack() {
	for q := range r.touched {
		q.Discard()
	}
	clear(r.touched)
	r.arrivals = r.arrivals[:0]
	r.reader.SeekTo(r.from.Load())
}

// publish shows consume queue entries to readers, who find them in memory until there are enough to be written.
func (r *reputMessageService) publish() error {
	for q := range r.touched {
		if err := q.Publish(); err != nil {
			return err
		}
	}
	clear(r.touched)
	return r.store.index.Commit()
}

// commit hands consume queue and index entries to the operating system.
func (r *reputMessageService) commit() error {
	for q := range r.touched {
		if err := q.Commit(); err != nil {
			return err
		}
	}
	clear(r.touched)
	return r.store.index.Commit()
}

// doReput dispatches one message. A traced one goes all the way at once, in spans of its own that link to the request that
// stored it; the others are finished together at the end of the round.
//
// Java: store.DefaultMessageStore.ReputMessageService#doReput, store.CommitLogDispatcher (5.5.0).
func (r *reputMessageService) doReput(record *message.Record) (err error) {
	r.stored.Store(record.StoreTimestamp)
	r.said = propertiesSay(record.Properties)
	ctx, step := traceDoReput(r, record)
	defer step.End(&err)
	arrival, visible, err := r.buildConsumeQueue(ctx, record, step.On())
	if err != nil {
		return err
	}
	if err := r.buildIndex(ctx, record); err != nil {
		return err
	}
	if !visible || r.store.listener == nil {
		return nil
	}
	if step.On() {
		r.notifyMessageArriving(ctx, arrival)
		return nil
	}
	r.arrivals = append(r.arrivals, arrival)
	return nil
}

// buildConsumeQueue adds the entry of a message that consumers may see: not of half messages and rollbacks.
//
// Java: store.DefaultMessageStore.CommitLogDispatcherBuildConsumeQueue (5.5.0).
func (r *reputMessageService) buildConsumeQueue(ctx context.Context, record *message.Record, now bool) (a MessageArrival, visible bool, err error) {
	_, step := traceBuildConsumeQueue(ctx, record)
	defer step.End(&err)
	if !visibleToConsumers(record.SysFlag) {
		return a, false, nil
	}
	q, err := r.store.queues.FindOrCreate(record.Topic, record.QueueID)
	if err != nil {
		return a, false, err
	}
	tagsCode := r.tagsCode(record)
	if err := q.Put(record.QueueOffset, record.PhysicalOffset, record.Size, tagsCode); err != nil {
		return a, false, err
	}
	if now {
		err = q.Publish()
	}
	r.touched[q] = struct{}{}
	return MessageArrival{
		Topic: q.Topic(), QueueID: record.QueueID, LogicOffset: record.QueueOffset + 1, TagsCode: tagsCode,
		StoreTimestamp: record.StoreTimestamp, PropertiesString: record.Properties,
	}, true, err
}

// buildIndex indexes a message by its keys.
//
// Java: store.DefaultMessageStore.CommitLogDispatcherBuildIndex (5.5.0).
func (r *reputMessageService) buildIndex(ctx context.Context, record *message.Record) (err error) {
	if !r.store.cfg.MessageIndexEnable {
		return nil
	}
	_, step := traceBuildIndex(ctx)
	defer step.End(&err)
	return r.indexRecord(record)
}

func (r *reputMessageService) indexRecord(record *message.Record) error {
	if record.SysFlag&message.FlagTransactionRollback == message.FlagTransactionRollback {
		return nil
	}
	if r.said.uniqueKey == "" && r.said.keys == "" {
		return nil
	}
	return r.store.index.Put(record.Topic, r.said.uniqueKey, r.said.keys, record.PhysicalOffset, record.StoreTimestamp)
}

// recordSays is what the dispatcher wants to know of a record's properties.
type recordSays struct{ uniqueKey, keys, tags, delayLevel string }

func propertiesSay(wire string) (said recordSays) {
	for name, value := range message.RecordProperties(wire) {
		switch name {
		case message.PropertyUniqClientMessageIDKeyIdx:
			said.uniqueKey = value
		case message.PropertyKeys:
			said.keys = value
		case message.PropertyTags:
			said.tags = value
		case message.PropertyDelayTimeLevel:
			said.delayLevel = value
		}
	}
	return said
}

// notifyMessageArriving tells the listener of a traced message.
//
// Java: store.DefaultMessageStore#notifyMessageArriveIfNecessary (5.5.0).
func (r *reputMessageService) notifyMessageArriving(ctx context.Context, a MessageArrival) {
	ctx, step := traceNotifyMessageArriving(ctx, &a)
	defer step.End(nil)
	r.store.listener.Arriving(ctx, &a)
}

// visibleToConsumers says whether a message has a place in its consume queue.
func visibleToConsumers(flags message.SysFlag) bool {
	tx := flags & message.FlagTransactionRollback
	return tx == 0 || tx == message.FlagTransactionCommit
}

// tagsCode is the hash of the message's tags; for a delayed message it is when to deliver it.
//
// Java: store.CommitLog#checkMessageAndReturnSize (5.5.0).
func (r *reputMessageService) tagsCode(record *message.Record) int64 {
	if deliver := r.store.cfg.DeliverTimestamp; deliver != nil && record.Topic == message.TopicSchedule {
		level, err := strconv.Atoi(r.said.delayLevel)
		if err == nil && level > 0 {
			return deliver(level, record.StoreTimestamp)
		}
	}
	if r.said.tags != "" {
		return message.TagsCode(r.said.tags)
	}
	return 0
}
