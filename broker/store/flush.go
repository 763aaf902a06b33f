package store

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/internal/observ"
)

// runFlushConsumeQueue flushes the derived files in intervals and moves the checkpoint, until ctx ends.
//
// Java: store.DefaultMessageStore.FlushConsumeQueueService (5.5.0).
func (s *DefaultMessageStore) runFlushConsumeQueue(ctx context.Context) {
	ticker := s.clock.NewTicker(s.cfg.FlushIntervalConsumeQueue)
	defer ticker.Stop()
	thorough := s.clock.Now()
	for {
		select {
		case <-ticker.C():
		case <-ctx.Done():
			return
		}
		if s.commitLog.Fenced() != nil {
			continue
		}
		pages, now := s.cfg.FlushConsumeQueueLeastPages, s.clock.Now()
		if now.Sub(thorough) >= s.cfg.FlushConsumeQueueThoroughInterval {
			pages, thorough = 0, now
		}
		if err := s.flushTick(pages); err != nil {
			observ.Logger(ctx, s.log).Error("cannot flush consume queues and index", zap.Error(err))
		}
	}
}

// flushTick is one turn of the flush service. Between the thorough ones only queues with many dirty pages are flushed; the
// checkpoint then still tells how far the commit log is durable.
func (s *DefaultMessageStore) flushTick(leastPages int) error {
	if leastPages == 0 {
		return s.flushDerived(0)
	}
	if err := s.queues.Flush(leastPages); err != nil {
		return err
	}
	return s.saveDurable()
}

// flushDerived makes commit log, consume queues and index durable, in this order: what is derived must not outlive what it was
// derived from. Then the checkpoint says so.
func (s *DefaultMessageStore) flushDerived(leastPages int) error {
	s.checkpointMu.Lock()
	defer s.checkpointMu.Unlock()
	dispatched, stored := s.reput.from.Load(), s.reput.stored.Load()
	if s.commitLog.FlushedOffset() < dispatched {
		if err := s.commitLog.Flush(); err != nil {
			return err
		}
	}
	queues, offsets, err := s.queues.Totals(dispatched)
	if err != nil {
		return err
	}
	if err := s.queues.Flush(leastPages); err != nil {
		return err
	}
	if err := s.queues.SyncFolders(); err != nil {
		return err
	}
	indexed, err := s.index.Flush()
	if err != nil {
		return err
	}
	state := s.saved
	state.LogicsMsgTimestamp = max(state.LogicsMsgTimestamp, stored)
	state.IndexMsgTimestamp = max(state.IndexMsgTimestamp, indexed)
	state.LogicsPhysicalOffset = dispatched
	indexEnd, _ := s.index.FlushedEnd()
	state.Watermark = &checkpoint.Watermark{Dispatched: dispatched, Queues: queues, QueueOffsets: offsets, IndexEnd: indexEnd}
	return s.saveLocked(state)
}

// saveDurable moves the part of the checkpoint that is about the commit log.
func (s *DefaultMessageStore) saveDurable() error {
	s.checkpointMu.Lock()
	defer s.checkpointMu.Unlock()
	state := s.saved
	if state.Watermark == nil {
		return nil
	}
	w := *state.Watermark
	state.Watermark = &w
	return s.saveLocked(state)
}

// saveLocked writes the checkpoint, with how far the commit log is durable now, if it says anything new.
func (s *DefaultMessageStore) saveLocked(state checkpoint.State) error {
	durable := s.commitLog.FlushedOffset()
	state.PhysicMsgTimestamp = max(state.PhysicMsgTimestamp, s.commitLog.FlushedTimestamp())
	state.Watermark.Durable = durable
	if old := s.saved.Watermark; old != nil && *old == *state.Watermark {
		return nil
	}
	if err := s.checkpoint.Write(state); err != nil {
		return err
	}
	s.saved = state
	return nil
}

// savedDispatched is the physical offset up to which the checkpoint vouches for the derived files.
func (s *DefaultMessageStore) savedDispatched() int64 {
	s.checkpointMu.Lock()
	defer s.checkpointMu.Unlock()
	if s.saved.Watermark == nil {
		return 0
	}
	return s.saved.Watermark.Dispatched
}
