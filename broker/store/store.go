package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/broker/store/ha"
	"github.com/plumemq/plume/broker/store/index"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
)

// DefaultMessageStore is a broker's message store. All methods are safe for concurrent use; the setters come before Start.
//
// Java: store.DefaultMessageStore (5.5.0).
type DefaultMessageStore struct {
	cfg       Config
	disk      disk.Disk
	clock     clock.Clock
	component *observ.Component
	metrics   *metrics.Registry
	log       *zap.Logger

	commitLog  *commitlog.CommitLog
	queues     *consumequeue.ConsumeQueueStore
	index      *index.IndexService
	checkpoint *checkpoint.File
	unlock     func() error

	hook     PutMessageHook
	listener MessageArrivingListener
	reput    *reputMessageService
	traced   *tracedPuts

	checkpointMu sync.Mutex       // one flush of the derived files at a time; guards saved
	saved        checkpoint.State // what the checkpoint says

	diskFull atomic.Bool
	shutdown atomic.Bool
	started  bool
	stop     context.CancelFunc
	services sync.WaitGroup
}

// Start begins the background services: flush, reput, cleaning.
//
// Java: store.DefaultMessageStore#start (5.5.0).
func (s *DefaultMessageStore) Start() error {
	if s.shutdown.Load() {
		return ErrClosed
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.started = cancel, true
	s.checkDisk()
	s.commitLog.Start()
	s.services.Go(func() { s.reput.run(ctx) })
	s.services.Go(func() { s.runFlushConsumeQueue(ctx) })
	s.services.Go(func() { s.runClean(ctx) })
	return nil
}

// Close ends the services, dispatches and flushes everything, and marks the store as cleanly closed. If that fails the store
// recovers at the next Open; nothing acknowledged is lost. A second Close does nothing.
//
// Java: store.DefaultMessageStore#shutdown (5.5.0).
func (s *DefaultMessageStore) Close() error {
	if !s.shutdown.CompareAndSwap(false, true) {
		return nil
	}
	err := s.commitLog.Close()
	if s.stop != nil {
		s.stop()
	}
	s.services.Wait()
	if err == nil {
		err = s.settle()
	}
	return errors.Join(err, s.closeFiles())
}

// settle brings the derived files up to the commit log, and marks the store as cleanly closed.
func (s *DefaultMessageStore) settle() error {
	if err := s.reput.drain(); err != nil {
		return err
	}
	if err := s.flushDerived(0); err != nil {
		return err
	}
	return s.markClosed()
}

// closeFiles gives up files and the lock.
func (s *DefaultMessageStore) closeFiles() error {
	err := errors.Join(s.commitLog.CloseFiles(), s.queues.Close(), s.index.Close())
	return errors.Join(err, s.unlock())
}

// SetPutMessageHook installs the hook that sees every message before it is stored.
func (s *DefaultMessageStore) SetPutMessageHook(h PutMessageHook) { s.hook = h }

// SetMessageArrivingListener installs who is told of every message that can be read.
func (s *DefaultMessageStore) SetMessageArrivingListener(l MessageArrivingListener) { s.listener = l }

// Writable is nil when the store takes messages, else why not.
func (s *DefaultMessageStore) Writable() error {
	switch {
	case s.shutdown.Load():
		return ErrClosed
	case s.diskFull.Load():
		return fmt.Errorf("%w: more than %d %% used", ErrDiskFull, s.cfg.DiskSpaceWarningLevelRatio)
	}
	return s.commitLog.Fenced()
}

// MaxPhyOffset is the offset behind the last record of the commit log.
func (s *DefaultMessageStore) MaxPhyOffset() int64 { return s.commitLog.MaxOffset() }

// MinPhyOffset is the offset of the first byte of the commit log.
func (s *DefaultMessageStore) MinPhyOffset() int64 { return s.commitLog.MinOffset() }

// ConfirmOffset is the offset up to which messages are shown to consumers.
func (s *DefaultMessageStore) ConfirmOffset() int64 { return s.commitLog.ConfirmOffset() }

// FlushedOffset is the offset up to which the commit log is durable.
func (s *DefaultMessageStore) FlushedOffset() int64 { return s.commitLog.FlushedOffset() }

// DispatchBehindBytes is how much of the commit log waits to be dispatched.
//
// Java: store.DefaultMessageStore#dispatchBehindBytes (5.5.0).
func (s *DefaultMessageStore) DispatchBehindBytes() int64 {
	return max(s.commitLog.ConfirmOffset()-s.reput.from.Load(), 0)
}

// FlushBehindBytes is how much of the commit log is not durable yet.
func (s *DefaultMessageStore) FlushBehindBytes() int64 {
	return max(s.commitLog.MaxOffset()-s.commitLog.FlushedOffset(), 0)
}

// path is a name below the store's folder.
func (s *DefaultMessageStore) path(name string) string {
	return path.Join(s.cfg.StorePathRootDir, name)
}

// newCommitLog is the log as the configuration wants it.
func (s *DefaultMessageStore) newCommitLog() *commitlog.CommitLog {
	dir := s.cfg.StorePathCommitLog
	if dir == "" {
		dir = s.path("commitlog")
	}
	return commitlog.New(commitlog.Config{
		Dir: dir, FileSize: s.cfg.MappedFileSizeCommitLog,
		FlushDiskType: s.cfg.FlushDiskType, FlushInterval: s.cfg.FlushIntervalCommitLog,
		FlushLeastPages: s.cfg.FlushCommitLogLeastPages, FlushThoroughInterval: s.cfg.FlushCommitLogThoroughInterval,
		SyncFlushTimeout: s.cfg.SyncFlushTimeout, MaxMessageSize: s.cfg.MaxMessageSize,
		AutoMessageVersion: s.cfg.AutoMessageVersionOnTopicLen, BusyTimeout: s.cfg.OSPageCacheBusyTimeout,
		Disk: s.disk, Clock: s.clock, Component: s.component, Metrics: s.metrics, Logger: s.log,
		HA:        ha.NewService(),
		OnWritten: s.onReadable, OnFlushed: s.onReadable, OnTraced: s.traced.remember, OnFatal: s.onFatal,
	})
}

// onReadable wakes the reput service: the confirm offset has moved.
func (s *DefaultMessageStore) onReadable() { s.reput.wakeUp() }

func (s *DefaultMessageStore) onFatal(err error) {
	s.log.Error("message store refuses writes from now on", zap.Error(err))
	if s.cfg.OnFatal != nil {
		s.cfg.OnFatal(err)
	}
}
