package remoting

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/network"
)

// writeTiming says when a frame should leave.
type writeTiming int

const (
	writeNow   writeTiming = iota // at once, by the caller if nobody else is writing
	writeYield                    // as writeNow, but others who are ready to run may append first
	writeLater                    // by the flusher: the caller has more to append, or must not spend time on this peer
)

const (
	combineRounds = 4        // a caller writes for others at most so often before the flusher takes over
	keepBuffer    = 1 << 20  // a larger buffer is not kept for the next write
	holdAtMost    = 64 << 10 // more bytes are written although the role is held for one who will append more
)

// written is told what became of a frame once it was written to the socket, or could not be.
type written interface{ written(err error) }

// frameWriter writes frames to one connection by flat combining: appenders put frames into pending, and one of them, or the
// flusher, holds the writing role and empties it. The role is passed on, never shared; no lock is held while writing.
type frameWriter struct {
	conn    network.Conn
	timeout time.Duration // without any progress
	limit   int           // of pending bytes

	mu      sync.Mutex    // owns all below; a leaf
	pending []byte        // whole frames
	marks   []written     // whom to tell when pending has been written
	writing bool          // someone holds the writing role
	held    bool          // it is held back, by one who does not write before letGo
	err     error         // the connection is closed
	space   chan struct{} // closed when pending shrinks; nil when nobody waits
	vacant  chan struct{} // closed when the writing role falls vacant; nil when nobody waits

	wake chan struct{} // capacity 1: the writing role on its way to the flusher; sent under mu

	// Owned by the holder of the writing role.
	out      []byte // what is being written; between writes, the spare buffer
	rest     []byte // the part of out not yet written
	outMarks []written
}

func newFrameWriter(conn network.Conn, timeout time.Duration, limit int) *frameWriter {
	return &frameWriter{conn: conn, timeout: timeout, limit: limit, wake: make(chan struct{}, 1)}
}

// write appends frame, copying it, and sees that it is written. With a full backlog it waits for ctx, or fails with errBacklog if
// ctx is nil. mark may be nil; unless write fails, it is told once. A nil error means accepted, not written.
func (w *frameWriter) write(ctx context.Context, frame []byte, timing writeTiming, mark written) error {
	w.mu.Lock()
	for w.err == nil && len(w.pending) > 0 && len(w.pending)+len(frame) > w.limit {
		if err := w.waitSpaceLocked(ctx); err != nil {
			w.mu.Unlock()
			return err
		}
	}
	if err := w.err; err != nil {
		w.mu.Unlock()
		return err
	}
	w.pending = append(w.pending, frame...)
	if mark != nil {
		w.marks = append(w.marks, mark)
	}
	if w.writing && (!w.held || len(w.pending) <= holdAtMost) {
		w.mu.Unlock()
		return nil
	}
	w.writing, w.held = true, false
	if timing == writeLater {
		w.wake <- struct{}{}
		w.mu.Unlock()
		return nil
	}
	w.mu.Unlock()
	if timing == writeYield {
		runtime.Gosched()
	}
	w.combine()
	return nil
}

// hold takes the writing role, if it is vacant, so that frames gather until letGo, or until they are many bytes.
func (w *frameWriter) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.writing && w.err == nil {
		w.writing, w.held = true, true
	}
}

// letGo says whether the role was held until now: it is the caller's then, to combine or to hand over.
func (w *frameWriter) letGo() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.held
	w.held = false
	return was
}

// waitSpaceLocked releases the lock while it waits for pending to shrink.
func (w *frameWriter) waitSpaceLocked(ctx context.Context) error {
	if ctx == nil {
		return errBacklog
	}
	if w.space == nil {
		w.space = make(chan struct{})
	}
	space := w.space
	w.mu.Unlock()
	defer w.mu.Lock()
	select {
	case <-space:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// combine writes without blocking, in the caller's goroutine, until nothing is pending, the socket is full or others have been
// served long enough. The rest is the flusher's, and so is an error: it will meet it again.
func (w *frameWriter) combine() {
	for range combineRounds {
		if !w.next() {
			return
		}
		n, err := w.conn.TryWrite(w.rest)
		w.rest = w.rest[n:]
		if len(w.rest) > 0 || err != nil {
			break
		}
		w.tell(nil)
	}
	w.handOver()
}

// handOver passes the writing role to the flusher, or gives it up if the connection is closed and the flusher may be gone.
func (w *frameWriter) handOver() {
	w.mu.Lock()
	err := w.err
	if err == nil {
		w.wake <- struct{}{}
	}
	w.mu.Unlock()
	if err != nil {
		w.tell(err)
	}
}

// next makes out what is pending, unless out has a rest, and says whether there is anything to write. If not, the role falls
// vacant.
func (w *frameWriter) next() bool {
	if len(w.rest) > 0 {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		w.writing = false
		wakeAll(&w.vacant)
		return false
	}
	if cap(w.out) > keepBuffer {
		w.out = nil
	}
	w.out, w.pending = w.pending, w.out[:0]
	w.outMarks, w.marks = w.marks, w.outMarks[:0]
	w.rest = w.out
	wakeAll(&w.space)
	return true
}

// tell tells the marks of out what became of it.
func (w *frameWriter) tell(err error) {
	for i, m := range w.outMarks {
		w.outMarks[i] = nil
		m.written(err)
	}
	w.outMarks = w.outMarks[:0]
}

func wakeAll(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// flushLoop is the flusher: it writes, with a deadline, whenever the role is handed to it. It ends when writing fails, returning
// why, or when stop is closed, which comes after fail.
func (w *frameWriter) flushLoop(stop <-chan struct{}, now func() time.Time) error {
	for {
		select {
		case <-w.wake:
		case <-stop:
			w.flushStopped()
			return nil
		}
		for w.next() {
			if err := w.writeRest(now); err != nil {
				w.tell(err)
				return err
			}
			w.tell(nil)
		}
	}
}

// flushStopped takes the role if it was handed over before the connection closed. Later it no longer is.
func (w *frameWriter) flushStopped() {
	select {
	case <-w.wake:
		w.tell(w.err)
	default:
	}
}

// writeRest blocks until out is written, or the peer takes nothing for the timeout.
func (w *frameWriter) writeRest(now func() time.Time) error {
	for len(w.rest) > 0 {
		if err := w.conn.SetWriteDeadline(now().Add(w.timeout)); err != nil {
			return err
		}
		n, err := w.conn.Write(w.rest)
		w.rest = w.rest[n:]
		switch {
		case err == nil || errors.Is(err, os.ErrDeadlineExceeded) && n > 0:
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errStalled
		default:
			return err
		}
	}
	return nil
}

// fail refuses further frames and tells the marks of those that were never begun.
func (w *frameWriter) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	marks := w.marks
	w.marks, w.pending = nil, nil
	wakeAll(&w.space)
	wakeAll(&w.vacant)
	w.mu.Unlock()
	for _, m := range marks {
		m.written(err)
	}
}

// drain waits until everything is written or the connection is closed.
func (w *frameWriter) drain(ctx context.Context) error {
	w.mu.Lock()
	if !w.writing || w.err != nil {
		w.mu.Unlock()
		return nil
	}
	if w.vacant == nil {
		w.vacant = make(chan struct{})
	}
	vacant := w.vacant
	w.mu.Unlock()
	select {
	case <-vacant:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
