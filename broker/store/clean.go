package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
)

// runClean watches the disk and deletes what has expired, until ctx ends.
//
// Java: store.DefaultMessageStore.CleanCommitLogService, .CleanConsumeQueueService (5.5.0).
func (s *DefaultMessageStore) runClean(ctx context.Context) {
	ticker := s.clock.NewTicker(s.cfg.CleanResourceInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
		case <-ctx.Done():
			return
		}
		used := s.checkDisk()
		if err := s.deleteExpired(ctx, s.clock.Now(), used); err != nil {
			observ.Logger(ctx, s.log).Error("cannot delete expired files", zap.Error(err))
		}
	}
}

// checkDisk measures the disk, and stops or resumes taking messages. It returns the used share in percent; an error counts as
// an empty disk.
//
// Java: store.DefaultMessageStore.CleanCommitLogService#isSpaceToDelete (5.5.0).
func (s *DefaultMessageStore) checkDisk() (used float64) {
	ratio, err := s.DiskUsedRatio()
	if err != nil {
		s.log.Warn("cannot measure the disk", zap.Error(err))
		return 0
	}
	used = ratio * 100
	full := used > float64(s.cfg.DiskSpaceWarningLevelRatio)
	if s.diskFull.Swap(full) != full {
		s.log.Warn("disk state changed", zap.Bool("full", full), zap.Float64("usedPercent", used))
	}
	return used
}

// DiskUsedRatio is the used share, 0 to 1, of the disk that holds the store.
func (s *DefaultMessageStore) DiskUsedRatio() (float64, error) {
	return s.disk.Usage(s.cfg.StorePathRootDir)
}

// DiskUsedBytes is the space used on the disk that holds the store, by whomever; false where that cannot be told.
func (s *DefaultMessageStore) DiskUsedBytes() (int64, bool) {
	sized, ok := s.disk.(interface {
		UsedBytes(name string) (int64, error)
	})
	if !ok {
		return 0, false // a simulation
	}
	used, err := sized.UsedBytes(s.cfg.StorePathRootDir)
	return used, err == nil
}

// deleteExpired deletes commit log files whose time has come, and then the consume queue and index files that only told of them.
//
// Java: store.DefaultMessageStore.CleanCommitLogService#deleteExpiredFiles (5.5.0).
func (s *DefaultMessageStore) deleteExpired(ctx context.Context, now time.Time, usedPercent float64) error {
	due := s.isTimeToDelete(now) || usedPercent > float64(s.cfg.DiskMaxUsedSpaceRatio)
	atOnce := s.cfg.CleanFileForciblyEnable && usedPercent > float64(s.cfg.DiskSpaceCleanForciblyRatio)
	if !due && !atOnce {
		return nil
	}
	limit, err := s.expiredBefore(now, atOnce)
	if err != nil || limit == s.commitLog.MinOffset() {
		return err
	}
	if err := s.flushDerived(0); err != nil { // nothing goes before the checkpoint has moved past it
		return err
	}
	limit = min(limit, s.savedDispatched())
	deleted, err := s.dropBefore(ctx, limit)
	if err != nil || deleted == 0 {
		return err
	}
	observ.Logger(ctx, s.log).Info("deleted commit log files", zap.Int("files", deleted), zap.Int64("minPhyOffset", s.commitLog.MinOffset()), zap.Bool("forcibly", atOnce))
	return s.dropDerived()
}

// dropBefore deletes the files of the commit log that lie wholly before limit, one after the other so as not to stall the disk.
func (s *DefaultMessageStore) dropBefore(ctx context.Context, limit int64) (deleted int, err error) {
	for deleted < s.cfg.DeleteFilesBatchMax {
		n, err := s.commitLog.DropBefore(limit, 1)
		deleted += n
		if n == 0 || err != nil {
			return deleted, err
		}
		if pause := s.cfg.DeleteCommitLogFilesInterval; pause > 0 && clock.Sleep(ctx, s.clock, pause) != nil {
			break
		}
	}
	return deleted, nil
}

// dropDerived deletes what tells only of messages that are gone.
func (s *DefaultMessageStore) dropDerived() error {
	first := s.commitLog.MinOffset()
	if _, err := s.queues.DropBefore(first); err != nil {
		return err
	}
	_, err := s.index.DropBefore(first)
	return err
}

// expiredBefore is the physical offset up to which whole files may go: those that were last written too long ago, or, atOnce, as
// many as one turn may delete.
func (s *DefaultMessageStore) expiredBefore(now time.Time, atOnce bool) (int64, error) {
	limit := s.commitLog.MinOffset()
	for _, f := range s.commitLog.Files() {
		written, err := s.commitLog.ModTime(f)
		if err != nil {
			return limit, err
		}
		if !atOnce && now.Sub(written) < s.cfg.FileReservedTime {
			break
		}
		limit = f.From() + s.cfg.MappedFileSizeCommitLog
	}
	return limit, nil
}

// isTimeToDelete says whether it is one of the hours of deletion. Java: common.UtilAll#isItTimeToDo (5.5.0).
func (s *DefaultMessageStore) isTimeToDelete(now time.Time) bool {
	for _, hour := range strings.Split(s.cfg.DeleteWhen, ";") {
		if h, err := strconv.Atoi(strings.TrimSpace(hour)); err == nil && h == now.Local().Hour() {
			return true
		}
	}
	return false
}
