package store

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/broker/store/index"
	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
)

// Open loads the store in cfg.StorePathRootDir, making it if need be, and recovers it: afterwards every intact message can be
// read and the consume queues and the index are complete. It fails without changing messages if the folder holds something
// else, if another process has it open, or with a *CorruptRecordError.
//
// Java: store.DefaultMessageStore#load (5.5.0).
func Open(cfg Config, deps Deps) (s *DefaultMessageStore, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("message store configuration: %w", err)
	}
	s = newStore(cfg, deps)
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("open message store %s: %w", cfg.StorePathRootDir, err)
	}
	if err := s.load(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open message store %s: %w", cfg.StorePathRootDir, err), s.closeFiles())
	}
	return s, nil
}

func newStore(cfg Config, deps Deps) *DefaultMessageStore {
	s := &DefaultMessageStore{cfg: cfg, disk: deps.Disk, clock: deps.Clock, component: deps.Component, metrics: deps.Metrics, log: deps.Logger}
	if s.disk == nil {
		s.disk = disk.System
	}
	if s.clock == nil {
		s.clock = clock.System
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if s.cfg.TotalPhysicalMemory <= 0 {
		s.cfg.TotalPhysicalMemory = totalPhysicalMemory()
	}
	s.traced = newTracedPuts()
	s.commitLog = s.newCommitLog()
	s.queues = consumequeue.NewStore(s.disk, s.path("consumequeue"), cfg.MappedFileSizeConsumeQueue)
	s.index = index.NewService(s.disk, s.clock, s.path("index"), cfg.MaxHashSlotNum, cfg.MaxIndexNum)
	s.checkpoint = checkpoint.NewFile(s.disk, s.path("checkpoint"))
	s.reput = newReputMessageService(s)
	return s
}

// lock makes the folder and takes its lock file, which Apache's broker respects too.
func (s *DefaultMessageStore) lock() error {
	if err := s.disk.MkdirAll(s.cfg.StorePathRootDir); err != nil {
		return err
	}
	unlock, err := s.disk.Lock(s.path("lock"))
	if errors.Is(err, disk.ErrLocked) {
		return fmt.Errorf("%w: %w", ErrInUse, err)
	}
	s.unlock = unlock
	return err
}

// load opens the files, recovers, and marks the store as open. Until recover has begun, files of a store that was closed stay as they
// are: what does not fit, be it the configuration's fault, is refused at every start.
func (s *DefaultMessageStore) load(ctx context.Context) (err error) {
	ctx, step := traceLoad(ctx, s)
	defer step.End(&err)
	last, err := s.lastEnding()
	if err != nil {
		return err
	}
	state, found, err := s.checkpoint.Read()
	if err != nil {
		return err
	}
	s.saved = state
	traceLoaded(step, last == closed, found, state)
	if err := s.loadFiles(last, state); err != nil {
		return err
	}
	return s.recover(ctx, last, found)
}

func (s *DefaultMessageStore) loadFiles(last ending, state checkpoint.State) error {
	if err := s.commitLog.Load(doubtful(last, state)); err != nil {
		return err
	}
	if err := s.queues.Load(last == closed); err != nil {
		return err
	}
	if err := s.index.Load(last == closed, expectedIndex(state)); err != nil {
		return err
	}
	return s.queues.CorrectMinOffsets(s.commitLog.MinOffset())
}

// doubtful is the physical offset from which the last run may have left files without their names or lengths.
func doubtful(last ending, state checkpoint.State) int64 {
	if last != died || state.Watermark == nil {
		return mappedfile.NothingDoubtful
	}
	return state.Watermark.Durable
}

// expectedIndex is what the checkpoint vouches for.
func expectedIndex(state checkpoint.State) index.Expected {
	want := index.Expected{Timestamp: state.IndexMsgTimestamp}
	if w := state.Watermark; w != nil {
		want.EndPhyOffset, want.Known = w.IndexEnd, true
	}
	return want
}
