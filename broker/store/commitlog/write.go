package commitlog

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/internal/disk"
)

const (
	// leaderRounds is how many batches a put's caller writes for others before a goroutine of its own takes over.
	leaderRounds = 16
	// sharedRounds is for how many batches of one the writer goes on to let others append, after a batch of several: many puts
	// at a time then come to few writes, and a single one does not wait.
	sharedRounds = 16
)

// WriteGathered writes the puts that were left to be written together, unless that is being done.
func (c *CommitLog) WriteGathered() {
	c.mu.Lock()
	lead := !c.writing && len(c.pending.puts) > 0
	if lead {
		c.writing = true
	}
	c.mu.Unlock()
	if lead {
		c.writeOut()
	}
}

// writeOut writes pending batches until there are none. The caller has set c.writing, and so is the only writer.
func (c *CommitLog) writeOut() {
	for range leaderRounds {
		if c.crowd > 0 || c.putters.Load() > 0 {
			runtime.Gosched() // let those who are about to append share the write
		}
		b := c.takePending()
		if b == nil {
			return
		}
		if c.crowd = max(c.crowd-1, 0); len(b.puts) > 1 {
			c.crowd = sharedRounds
		}
		c.writeBatch(b)
	}
	go c.writeOut()
}

// takePending gives the writer the pending batch, or ends its turn when that is empty.
func (c *CommitLog) takePending() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.pending
	if len(b.puts) == 0 {
		c.writing = false
		c.drained.Broadcast()
		return nil
	}
	c.pending, c.spare = c.spare, nil
	c.writeBegan.Store(b.stored)
	c.drained.Broadcast()
	return b
}

// writeBatch writes a batch and completes its puts, or fails them and everything that was to lie behind them.
func (c *CommitLog) writeBatch(b *batch) {
	began := c.metrics.now()
	ok, err := c.writeExtents(b)
	c.metrics.appended(began, b)
	c.writeBegan.Store(0)
	if ok > c.wrote.Load() {
		c.lastStored.Store(b.stored)
		c.wrote.Store(ok)
		if c.cfg.OnWritten != nil {
			c.cfg.OnWritten()
		}
	}
	written := b.puts
	if err != nil {
		n := 0
		for n < len(b.puts) && b.puts[n].end <= ok {
			n++
		}
		written = b.puts[:n]
		c.rollBack(b, n, ok, err)
	}
	for _, p := range written {
		c.handleDiskFlush(p)
	}
	c.wakeFlusher(len(written))
	b.reset()
	c.mu.Lock()
	c.spare = b
	c.mu.Unlock()
}

// writeExtents writes each extent into its file and says up to which offset the log is now readable.
func (c *CommitLog) writeExtents(b *batch) (ok int64, err error) {
	ok = c.wrote.Load()
	for i, e := range b.extents {
		file, err := c.fileFor(e.offset)
		if err != nil {
			return ok, err
		}
		traced := b.traced
		if i > 0 {
			traced = nil // one span per put, in the first file it may have gone to
		}
		pos := e.offset - file.From()
		n, err := file.AppendMessages(traced, pos, b.buf[e.begin:e.end])
		if err != nil {
			return ok, c.scrub(file, pos, n, err)
		}
		ok = e.offset + int64(e.end-e.begin)
		if i+1 < len(b.extents) {
			file.MarkFull()
			ok = file.End()
		}
	}
	return ok, nil
}

// fileFor is the file that holds offset, made if need be.
func (c *CommitLog) fileFor(offset int64) (*mappedfile.MappedFile, error) {
	if f := c.queue.Find(offset); f != nil {
		return f, nil
	}
	f, err := c.queue.Create(offset - offset%c.cfg.FileSize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCreateFile, err)
	}
	return f, nil
}

// scrub clears what a failed write may have left, so that it cannot come to life as a record after a crash.
func (c *CommitLog) scrub(file *mappedfile.MappedFile, pos int64, n int, cause error) error {
	if n == 0 && errors.Is(cause, disk.ErrNoSpace) {
		return cause
	}
	if err := c.queue.Scrub(file.From() + pos); err != nil {
		c.fence(err)
		return errors.Join(cause, err)
	}
	return cause
}

// rollBack takes back the places of all puts of b from the n-th on and of those pending behind them, and fails them. A full
// disk is nothing worse than that; any other error fences the log.
func (c *CommitLog) rollBack(b *batch, n int, ok int64, cause error) {
	if !errors.Is(cause, disk.ErrNoSpace) && !errors.Is(cause, errCreateFile) {
		c.fence(cause)
	}
	c.mu.Lock()
	failed := append(append([]*put(nil), b.puts[n:]...), c.pending.puts...)
	for i := len(failed) - 1; i >= 0; i-- {
		if q := failed[i].queue; q != nil {
			q.next = failed[i].queueOffset
		}
	}
	c.tail = ok
	c.pending.reset()
	c.drained.Broadcast()
	c.mu.Unlock()
	for _, p := range failed {
		p.finish(rejected(cause))
	}
}
