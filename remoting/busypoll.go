package remoting

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/network"
)

const (
	looks     = 200              // how often a poll looks: for some 100 microseconds, of which others who are ready to run take what they need
	crowded   = time.Millisecond // if a look took so long, others lack processors
	fewFrames = 4                // where more than these come together, others lose more by a poll than the connection wins
	mostInRow = 64               // so many polls in a row may bring something: the runtime looks after other connections only when one sleeps

	mostCredit = 16 // one for each poll that brought something
	costInVain = 4  // of a poll that did not, in credit
)

// busyPoller reads a connection, and looks again and again for a while before it sleeps. Where requests and responses follow each other
// closely, to be woken takes longer than what one waits for. It rests, and sleeps at once, for a number of reads that doubles each time:
// when polls are in vain, so that a connection on which little happens costs nothing, and when others want the processors.
type busyPoller struct {
	conn   network.Conn
	clock  clock.Clock
	frames *frameReader // reads through it
	limit  *pollers

	inRow   int // polls that brought something since one read slept
	credit  int
	rest    int // reads that are still to be done without a poll
	inVain  backoff
	inCrowd backoff
}

// newPollingReader reads frames from conn, with polls.
func newPollingReader(conn network.Conn, c clock.Clock, filled func()) *frameReader {
	b := &busyPoller{
		conn: conn, clock: c, limit: &processPollers,
		inVain: backoff{least: 1, most: 1 << 10, forgets: 1}, inCrowd: backoff{least: 1 << 9, most: 1 << 15, forgets: 1 << 10},
	}
	b.frames = newFrameReader(b, filled)
	return b.frames
}

// Read reads what has come, and waits if nothing has.
func (b *busyPoller) Read(p []byte) (int, error) {
	if b.worthwhile() && b.limit.enter() {
		n, err := b.poll(p)
		b.limit.leave()
		if n > 0 || err != nil {
			return n, err
		}
	}
	b.inRow = 0
	return b.conn.Read(p)
}

func (b *busyPoller) worthwhile() bool {
	if b.rest > 0 {
		b.rest--
		return false
	}
	return b.frames.burst <= fewFrames && b.inRow < mostInRow
}

// poll looks until something has come, but not for long.
func (b *busyPoller) poll(p []byte) (n int, err error) {
	before := b.clock.Now()
	for range looks {
		n, err = b.conn.TryRead(p)
		now := b.clock.Now()
		switch {
		case now.Sub(before) >= crowded:
			b.rest = b.inCrowd.longer()
			return n, err
		case n > 0 || err != nil:
			b.wasGood()
			return n, err
		}
		before = now
		runtime.Gosched()
	}
	b.wasInVain()
	return 0, nil
}

func (b *busyPoller) wasGood() {
	b.inRow++
	b.credit = min(b.credit+1, mostCredit)
	b.inVain.good()
	b.inCrowd.good()
}

func (b *busyPoller) wasInVain() {
	if b.credit -= costInVain; b.credit < 0 {
		b.credit, b.rest = 0, b.inVain.longer()
	}
}

// backoff says for how many reads to rest: for twice as many each time, and for half as many after some good polls.
type backoff struct {
	least, most int
	forgets     int // after so many good polls in a row
	next        int
	inRow       int
}

func (o *backoff) longer() int {
	rest := max(o.next, o.least)
	o.next, o.inRow = min(2*rest, o.most), 0
	return rest
}

func (o *backoff) good() {
	if o.inRow++; o.inRow >= o.forgets {
		o.next, o.inRow = o.next/2, 0
	}
}

// pollers are the polls under way.
type pollers struct {
	count atomic.Int32
	most  int32
}

// processPollers leaves half of the processors, rounded up, to those who have something to do.
var processPollers = pollers{most: int32(runtime.GOMAXPROCS(0) / 2)}

// enter says whether there may be one more, which then leaves.
func (p *pollers) enter() bool {
	if p.count.Add(1) <= p.most {
		return true
	}
	p.leave()
	return false
}

func (p *pollers) leave() { p.count.Add(-1) }
