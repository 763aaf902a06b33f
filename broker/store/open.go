package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

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

// load opens the files, recovers, and marks the store as open.
func (s *DefaultMessageStore) load(ctx context.Context) (err error) {
	ctx, step := traceLoad(ctx, s)
	defer step.End(&err)
	_, err = s.disk.Stat(s.path("abort"))
	clean := errors.Is(err, fs.ErrNotExist)
	if err != nil && !clean {
		return err
	}
	state, found, err := s.checkpoint.Read()
	if err != nil {
		return err
	}
	s.saved = state
	traceLoaded(step, clean, found, state)
	if err := s.commitLog.Load(doubtful(clean, state)); err != nil {
		return err
	}
	if err := s.queues.Load(clean); err != nil {
		return err
	}
	if err := s.index.Load(clean, expectedIndex(state)); err != nil {
		return err
	}
	if err := s.queues.CorrectMinOffsets(s.commitLog.MinOffset()); err != nil {
		return err
	}
	if err := s.recover(ctx, clean, found); err != nil {
		return err
	}
	return s.markOpen()
}

// doubtful is the physical offset from which a crash may have left files without their names or lengths.
func doubtful(clean bool, state checkpoint.State) int64 {
	if clean || state.Watermark == nil {
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

// markOpen leaves the file that tells the next start whether this run ended well. It holds the process id, as Apache's does.
func (s *DefaultMessageStore) markOpen() error {
	return disk.WriteFile(s.disk, s.path("abort"), []byte(strconv.Itoa(os.Getpid())))
}
