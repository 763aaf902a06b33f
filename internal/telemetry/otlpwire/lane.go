package otlpwire

import (
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// lane is where the spans of families that begin on one processor are gathered, so that processors need not wait for each other, nor fetch
// from each other what they write to.
type lane struct {
	mu    sync.Mutex // owns all below; held over no I/O
	ended int64      // spans
	open  *bundle    // the one that is being filled, or nil

	_ cpu.CacheLinePad
}

// lanesFor is how many lanes there are: one for each processor, but so few that what lies in them is little beside what may wait.
func lanesFor(c BatchConfig) int {
	return max(1, min(runtime.GOMAXPROCS(0), c.MaxQueueSize/c.MaxExportBatchSize/4))
}

// token says which lane to take. A pool keeps one for each processor, mostly.
type token struct{ number uint32 }

var (
	tokens = sync.Pool{New: func() any { return &token{lastToken.Add(1)} }}

	lastToken atomic.Uint32
)

// add takes the messages of n spans unless too many wait already, and says whether a bundle is complete.
func (l *lane) add(s *spool, sc *scope, spans spanmsg.Packer, n int) (complete bool) {
	l.mu.Lock()
	l.ended += int64(n)
	if l.roomLocked(s, n) {
		complete = l.addLocked(s, sc, spans)
	}
	l.mu.Unlock()
	return complete
}

// roomLocked says whether n more spans may wait, and counts those for which there is no room.
func (l *lane) roomLocked(s *spool, n int) bool {
	waiting := int(s.waiting.Load()) + n
	if l.open != nil {
		waiting += l.open.Len()
	}
	switch {
	case s.closed.Load():
		return false
	case waiting > s.config.MaxQueueSize:
		s.refused.Add(int64(n))
		return false
	}
	return true
}

func (l *lane) addLocked(s *spool, sc *scope, spans spanmsg.Packer) (complete bool) {
	if l.open != nil && l.open.scope != sc {
		l.closeLocked(s)
		complete = true
	}
	if l.open == nil {
		l.open = s.newBundle(sc)
	}
	spans.PackInto(&l.open.Pack)
	if l.open.Len() >= s.config.MaxExportBatchSize || l.open.Size() > maxBatch {
		l.closeLocked(s)
		complete = true
	}
	return complete
}

// close completes the bundle that is being filled, if there is one.
func (l *lane) close(s *spool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != nil {
		l.closeLocked(s)
	}
}

func (l *lane) closeLocked(s *spool) {
	s.complete(l.open)
	l.open = nil
}

// count is how many spans came.
func (l *lane) count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}
