package store

import (
	"context"
	"fmt"
	"math"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// recoverCommit is after how many dispatched records recovery writes the derived files.
const recoverCommit = 4096

// recover finds the end of the commit log and brings the derived files in line with it.
//
// Java: store.DefaultMessageStore#recover (5.5.0).
func (s *DefaultMessageStore) recover(ctx context.Context, last ending, found bool) (err error) {
	_, step := traceRecover(ctx)
	defer step.End(&err)
	from, err := s.dispatchFrom(last, found)
	if err != nil {
		return err
	}
	if err := s.markRecovering(last); err != nil {
		return err
	}
	durable := commitlog.UnknownOffset
	if w := s.saved.Watermark; w != nil {
		durable = w.Durable
	}
	visited := int64(0)
	res, err := s.commitLog.Recover(commitlog.Recovery{
		From: minKnown(from, durable), Durable: durable, Clean: last.logClosed(), Quarantine: s.cfg.OnCorruption == QuarantineCorruption,
		Visit: func(r *message.Record) error {
			visited++
			return s.redispatch(r, from, visited%recoverCommit == 0)
		},
	})
	if err != nil {
		return err
	}
	if err := s.settleRecovery(res.End, from); err != nil {
		return err
	}
	if err := s.finishRecovery(last); err != nil {
		return err
	}
	traceRecovered(step, last == closed, from, res)
	observ.Logger(ctx, s.log).Info("message store recovered", zap.Bool("clean", last == closed), zap.Int64("scanFrom", res.From), zap.Int64("dispatchFrom", from),
		zap.Int64("records", res.Records), zap.Int64("maxPhyOffset", res.End), zap.Int("quarantined", len(res.Quarantined)))
	return nil
}

// finishRecovery writes down what recovery found, and only then cuts off what lies behind the end of the commit log: whoever dies in the
// middle of that leaves a checkpoint that tells the next start where the log ends.
func (s *DefaultMessageStore) finishRecovery(last ending) error {
	if err := s.flushDerived(0); err != nil {
		return err
	}
	if err := s.markOpen(); err != nil {
		return err
	}
	return s.commitLog.CutBehind(last.logClosed())
}

func minKnown(from, durable int64) int64 {
	if durable == commitlog.UnknownOffset {
		return from
	}
	return min(from, durable)
}

// dispatchFrom is the physical offset from which messages may be missing in the derived files.
func (s *DefaultMessageStore) dispatchFrom(last ending, found bool) (int64, error) {
	first := s.commitLog.MinOffset()
	w := s.saved.Watermark
	lost, err := s.queuesLost(w)
	if err != nil || lost || !found || s.indexLost(w) {
		return first, err
	}
	if w != nil {
		return w.Dispatched, nil
	}
	if last == closed {
		return s.queues.MaxPhyOffset()
	}
	return s.dispatchFromTimestamps()
}

// queuesLost says whether consume queues are missing that the checkpoint knows of, or all of them.
func (s *DefaultMessageStore) queuesLost(w *checkpoint.Watermark) (bool, error) {
	if w == nil {
		queues, _, err := s.queues.Totals(math.MaxInt64)
		return queues == 0, err
	}
	queues, offsets, err := s.queues.Totals(w.Dispatched)
	return queues != w.Queues || offsets != w.QueueOffsets, err
}

// indexLost says whether index files are missing that the checkpoint knows of, or all of them.
func (s *DefaultMessageStore) indexLost(w *checkpoint.Watermark) bool {
	if !s.cfg.MessageIndexEnable {
		return false
	}
	end, ok := s.index.End()
	if w == nil {
		return !ok
	}
	return end < w.IndexEnd
}

// dispatchFromTimestamps is Apache's rule for a crash: the last file whose first message was stored before everything that the
// checkpoint does not vouch for.
//
// Java: store.CommitLog#isMappedFileMatchedRecover, store.StoreCheckpoint#getMinTimestamp (5.5.0).
func (s *DefaultMessageStore) dispatchFromTimestamps() (int64, error) {
	safe := min(s.saved.PhysicMsgTimestamp, s.saved.LogicsMsgTimestamp) - 3000
	if s.cfg.MessageIndexEnable {
		safe = min(safe, s.saved.IndexMsgTimestamp)
	}
	files := s.commitLog.Files()
	for i := len(files) - 1; i >= 0; i-- {
		r, err := s.commitLog.FirstRecord(files[i])
		if err == nil && r.StoreTimestamp != 0 && r.StoreTimestamp <= safe {
			return files[i].From(), nil
		}
	}
	return s.commitLog.MinOffset(), nil
}

// redispatch brings one record of the commit log into the derived files, if it may be missing there.
func (s *DefaultMessageStore) redispatch(r *message.Record, from int64, commit bool) error {
	s.saved.PhysicMsgTimestamp = max(s.saved.PhysicMsgTimestamp, r.StoreTimestamp)
	if r.PhysicalOffset < from {
		return nil
	}
	if err := s.reput.dispatchRecovered(r); err != nil {
		return err
	}
	if commit {
		return s.reput.commit()
	}
	return nil
}

// settleRecovery makes the derived files end where the commit log does, and the commit log continue where they end.
func (s *DefaultMessageStore) settleRecovery(end, from int64) error {
	if err := s.reput.commit(); err != nil {
		return err
	}
	if end == 0 && len(s.commitLog.Files()) == 0 {
		if err := s.queues.Clear(); err != nil {
			return err
		}
		if err := s.index.Clear(); err != nil {
			return err
		}
	}
	if err := s.queues.Truncate(end); err != nil {
		return err
	}
	if err := s.rebuildIfNeeded(end, from); err != nil {
		return err
	}
	if err := s.queues.CorrectMinOffsets(s.commitLog.MinOffset()); err != nil {
		return err
	}
	for _, q := range s.queues.All() {
		s.commitLog.SetQueueOffset(commitlog.QueueKey{Topic: q.Topic(), QueueID: q.QueueID()}, q.MaxOffset())
	}
	s.reput.seek(end)
	return nil
}

// rebuildIfNeeded dispatches everything again if a consume queue turned out to lack entries that were thought to be there, or
// the index to know messages that are gone.
func (s *DefaultMessageStore) rebuildIfNeeded(end, from int64) error {
	last, ok := s.index.End()
	stale := ok && last >= end
	if stale {
		if err := s.index.Clear(); err != nil {
			return err
		}
	}
	if !stale && (!s.reput.gaps || from <= s.commitLog.MinOffset()) {
		return nil
	}
	return s.rebuild(end)
}

// rebuild dispatches the whole commit log anew.
func (s *DefaultMessageStore) rebuild(end int64) error {
	reader := s.commitLog.NewReader(s.commitLog.MinOffset())
	for {
		more, err := reader.Load(end)
		if err != nil || !more {
			return err
		}
		for {
			r, ok, err := reader.Next()
			if err != nil && s.cfg.OnCorruption != QuarantineCorruption {
				return fmt.Errorf("rebuild: commit log at %d: %w", reader.Offset(), err)
			} else if err != nil {
				next, found, err := reader.Resync(end)
				if err != nil || !found {
					return err
				}
				reader.SeekTo(next)
				break
			}
			if !ok {
				break
			}
			if err := s.reput.dispatchRecovered(&r); err != nil {
				return err
			}
		}
		if err := s.reput.commit(); err != nil {
			return err
		}
	}
}
