package commitlog

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/broker/store/mappedfile"
)

const (
	pageSize = 4096
	// blankSize is the least room a file keeps behind its last record: the length and the magic code of the padding.
	blankSize = 8
	// pendingLimit is how much may wait for the writer before puts wait too, in bytes.
	pendingLimit = 4 << 20
	// gatherLimit is how much puts that others follow may gather before they are written all the same, in bytes; well below pendingLimit.
	gatherLimit = 256 << 10
)

// CommitLog is the log. All methods are safe for concurrent use, except Load and Recover, which come first.
//
// Java: store.CommitLog (5.5.0).
type CommitLog struct {
	cfg   Config
	queue *mappedfile.MappedFileQueue

	mu      sync.Mutex // Java's putMessageLock; guards what follows up to the blank line
	drained *sync.Cond // pending was taken, or the writer stopped
	offsets map[QueueKey]*queueOffset
	tail    int64 // where the next record goes
	pending *batch
	spare   *batch // the other buffer, nil while it is being written
	writing bool
	closed  bool
	fenced  error

	crowd int // the writer lets others append while it is positive; owned by the writer

	putters     atomic.Int32 // puts between entry and their turn at mu
	writeBegan  atomic.Int64 // Unix ms at which the present write began; 0 when idle
	wrote       atomic.Int64 // everything before it can be read
	flushed     atomic.Int64 // everything before it is durable
	lastStored  atomic.Int64 // store timestamp of the last record written
	lastFlushed atomic.Int64 // store timestamp of the last record known to be durable

	flush   flusher
	metrics *instruments
}

// New is the log in cfg.Dir, before Load and Recover.
func New(cfg Config) *CommitLog {
	c := &CommitLog{
		cfg:     cfg,
		queue:   mappedfile.NewQueue(cfg.Disk, cfg.Dir, cfg.FileSize),
		offsets: make(map[QueueKey]*queueOffset),
		pending: new(batch),
		spare:   new(batch),
	}
	c.drained = sync.NewCond(&c.mu)
	c.flush.init()
	c.metrics = newInstruments(cfg.Metrics, cfg.Clock, cfg.FlushDiskType)
	return c
}

// MaxOffset is the offset behind the last readable record. Java: store.CommitLog#getMaxOffset (5.5.0).
func (c *CommitLog) MaxOffset() int64 { return c.wrote.Load() }

// MinOffset is the offset of the first byte. Java: store.CommitLog#getMinOffset (5.5.0).
func (c *CommitLog) MinOffset() int64 { return c.queue.MinOffset() }

// FlushedOffset is the offset up to which everything is durable.
func (c *CommitLog) FlushedOffset() int64 { return c.flushed.Load() }

// ConfirmOffset is the offset up to which messages may be shown to consumers: with [SyncFlush] what is durable, else what is
// written. Java: store.CommitLog#getConfirmOffset (5.5.0).
func (c *CommitLog) ConfirmOffset() int64 {
	if c.cfg.FlushDiskType == SyncFlush {
		return c.flushed.Load()
	}
	return c.wrote.Load()
}

// FlushedTimestamp is the store timestamp, in ms, of the last record known to be durable; 0 before there is one.
func (c *CommitLog) FlushedTimestamp() int64 { return c.lastFlushed.Load() }

// Fenced is why the log refuses writes, or nil.
func (c *CommitLog) Fenced() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fenced
}

// BusyFor is how long the present write has been going on.
func (c *CommitLog) BusyFor(now time.Time) time.Duration {
	began := c.writeBegan.Load()
	if began == 0 {
		return 0
	}
	return now.Sub(time.UnixMilli(began))
}

// fence refuses all further puts because of err.
func (c *CommitLog) fence(err error) {
	c.mu.Lock()
	first := c.fenced == nil
	if first {
		c.fenced = fmt.Errorf("%w: %w", ErrFenced, err)
	}
	fenced := c.fenced
	c.drained.Broadcast()
	c.mu.Unlock()
	if first && c.cfg.OnFatal != nil {
		go c.cfg.OnFatal(fenced)
	}
}

// Close stops accepting puts, waits for those under way, and flushes; the files stay readable until CloseFiles.
func (c *CommitLog) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.WriteGathered()
	c.mu.Lock()
	for c.writing {
		c.drained.Wait()
	}
	fenced := c.fenced
	c.mu.Unlock()
	c.stopFlushing()
	if fenced != nil {
		return fenced
	}
	return c.Flush()
}

// CloseFiles closes the files. Reads fail afterwards.
func (c *CommitLog) CloseFiles() error { return c.queue.Close() }

// Flush makes everything written so far durable. An error fences the log.
func (c *CommitLog) Flush() error {
	stored := c.lastStored.Load()
	durable, err := c.queue.Flush()
	if err != nil {
		c.fence(err)
		return err
	}
	for {
		old := c.flushed.Load()
		if durable <= old {
			return nil
		}
		if c.flushed.CompareAndSwap(old, durable) {
			break
		}
	}
	c.lastFlushed.Store(stored)
	if c.cfg.OnFlushed != nil {
		c.cfg.OnFlushed()
	}
	return nil
}

// DropBefore removes up to limit files that lie wholly before offset, never the last one.
func (c *CommitLog) DropBefore(offset int64, limit int) (int, error) {
	return c.queue.DropBefore(offset, limit)
}

// Files is the present list of files, oldest first.
func (c *CommitLog) Files() []*mappedfile.MappedFile { return c.queue.Files() }

// ModTime is when a file of the log was last written.
func (c *CommitLog) ModTime(f *mappedfile.MappedFile) (time.Time, error) { return c.queue.ModTime(f) }

// rejectLocked is why no put can be taken now, or nil.
func (c *CommitLog) rejectLocked() error {
	if c.closed {
		return ErrClosed
	}
	return c.fenced
}

// rejected is the result for a put that was not taken.
func rejected(err error) PutMessageResult {
	status := ServiceNotAvailable
	switch {
	case errors.Is(err, errProperties):
		status = PropertiesSizeExceeded
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrMalformedBatch), errors.Is(err, ErrMalformedMessage):
		status = MessageIllegal
	case errors.Is(err, ErrBusy):
		status = OSPageCacheBusy
	case errors.Is(err, errCreateFile):
		status = CreateMappedFileFailed
	}
	return PutMessageResult{Status: status, Err: err}
}

var (
	errProperties = fmt.Errorf("properties: %w", ErrTooLarge)
	errCreateFile = errors.New("create commit log file")
)
