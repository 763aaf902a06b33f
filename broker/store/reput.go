package store

import (
	"context"
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

	// Of what is being dispatched; only the goroutine that does it touches them.
	requests []dispatchRequest
	touched  map[*consumequeue.ConsumeQueue]struct{}
	arrival  MessageArrival
	causes   []observ.SpanContext // of the present dispatch, if somebody traces it
	attrs    []observ.Attr        // likewise
}

// maxRequests is how many messages are dispatched at once: as many as a span may have links, of which OpenTelemetry drops those beyond.
const maxRequests = 128

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
		more, damage := r.gather()
		if err := r.doReput(r.requests); err != nil {
			return err
		}
		if damage != nil {
			return r.skipDamaged(end, damage)
		}
		if !more {
			return nil
		}
	}
}

// gather reads the next records of what was loaded into requests, and reports whether there may be more of them. A damaged record ends it.
func (r *reputMessageService) gather() (more bool, damage error) {
	clear(r.requests)
	r.requests = r.requests[:0]
	for len(r.requests) < maxRequests {
		record, ok, err := r.reader.Next()
		if err != nil || !ok {
			return false, err
		}
		r.requests = append(r.requests, r.newRequest(&record))
	}
	return true, nil
}

// skipDamaged goes on behind a record that has become unreadable since it was written.
func (r *reputMessageService) skipDamaged(end int64, cause error) error {
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

// rollBack forgets what was not dispatched to its end: it is done again.
func (r *reputMessageService) rollBack() {
	for q := range r.touched {
		q.Discard()
	}
	clear(r.touched)
	r.reader.SeekTo(r.from.Load())
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

// doReput brings messages to where consumers and queries find them, then tells the listener. If somebody traces one of them it is a
// trace of its own, linked to the requests that stored those.
//
// Java: store.DefaultMessageStore.ReputMessageService#doReput, store.CommitLogDispatcher (5.5.0).
func (r *reputMessageService) doReput(requests []dispatchRequest) (err error) {
	ctx, step := traceDoReput(r, requests)
	defer step.End(&err)
	if err := r.buildConsumeQueue(ctx, requests); err != nil {
		return err
	}
	if err := r.buildIndex(ctx, requests); err != nil {
		return err
	}
	if n := len(requests); n > 0 {
		r.stored.Store(requests[n-1].storeTimestamp)
	}
	r.from.Store(r.reader.Offset())
	if r.store.listener != nil {
		r.notifyMessageArriving(ctx, requests)
	}
	return nil
}

// buildConsumeQueue adds the entries of messages to their consume queues, and lets readers see them all.
//
// Java: store.DefaultMessageStore.CommitLogDispatcherBuildConsumeQueue (5.5.0).
func (r *reputMessageService) buildConsumeQueue(ctx context.Context, requests []dispatchRequest) (err error) {
	_, step := traceBuildConsumeQueue(ctx, requests)
	defer step.End(&err)
	for i := range requests {
		if err := r.putMessagePositionInfo(&requests[i]); err != nil {
			return err
		}
	}
	return r.publish()
}

// putMessagePositionInfo adds the entry of a message that consumers may see: not of half messages and rollbacks.
//
// Java: store.queue.ConsumeQueueStore#putMessagePositionInfoWrapper (5.5.0).
func (r *reputMessageService) putMessagePositionInfo(request *dispatchRequest) error {
	if !visibleToConsumers(request.sysFlag) {
		return nil
	}
	q, err := r.store.queues.FindOrCreate(request.topic, request.queueID)
	if err != nil {
		return err
	}
	request.queue = q
	r.touched[q] = struct{}{}
	return q.Put(request.queueOffset, request.offset, request.size, request.tagsCode)
}

// publish shows consume queue entries to readers, who find them in memory until there are enough to be written.
func (r *reputMessageService) publish() error {
	for q := range r.touched {
		if err := q.Publish(); err != nil {
			return err
		}
	}
	clear(r.touched)
	return nil
}

// buildIndex indexes messages by their keys.
//
// Java: store.DefaultMessageStore.CommitLogDispatcherBuildIndex (5.5.0).
func (r *reputMessageService) buildIndex(ctx context.Context, requests []dispatchRequest) (err error) {
	if !r.store.cfg.MessageIndexEnable {
		return nil
	}
	_, step := traceBuildIndex(ctx, requests)
	defer step.End(&err)
	for i := range requests {
		if err := r.indexMessage(&requests[i]); err != nil {
			return err
		}
	}
	return r.store.index.Commit()
}

func (r *reputMessageService) indexMessage(request *dispatchRequest) error {
	if request.sysFlag&message.FlagTransactionRollback == message.FlagTransactionRollback {
		return nil
	}
	if request.uniqueKey == "" && request.keys == "" {
		return nil
	}
	return r.store.index.Put(request.topic, request.uniqueKey, request.keys, request.offset, request.storeTimestamp)
}

// notifyMessageArriving tells the listener of messages that consumers see now.
//
// Java: store.DefaultMessageStore#notifyMessageArriveIfNecessary (5.5.0).
func (r *reputMessageService) notifyMessageArriving(ctx context.Context, requests []dispatchRequest) {
	ctx, step := traceNotifyMessageArriving(ctx, requests)
	defer step.End(nil)
	for i := range requests {
		request := &requests[i]
		if request.queue == nil {
			continue
		}
		r.arrival = MessageArrival{
			Topic: request.queue.Topic(), QueueID: request.queueID, LogicOffset: request.queueOffset + 1, TagsCode: request.tagsCode,
			StoreTimestamp: request.storeTimestamp, PropertiesString: request.properties,
		}
		r.store.listener.Arriving(traceArriving(ctx, request), &r.arrival)
	}
}
