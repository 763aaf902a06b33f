package remoting

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol"
)

const (
	// patience is how long a reader may be away from its connection.
	patience = 10 * time.Millisecond
	// vigil is for how many rounds without requests that readers process the relief still looks.
	vigil = 100
)

// reader is the goroutine that reads a channel. On a server it also processes what it reads, in turns, while the requests' executor
// has nothing else to do: waking another goroutine takes longer than most requests do. Should one take long after all, the
// relief has another reader go on, so that no request keeps the others of its connection waiting for longer than patience.
type reader struct {
	ch     *Channel
	frames *frameReader
	events ChannelEventListener // may be nil

	since    atomic.Int64 // when the request that it processes came, Unix nanoseconds
	busy     atomic.Bool  // it processes one; whoever makes it false decides who reads on
	relieved bool         // another one reads; its own
	turn     turn
}

// run reads until the connection ends or another reader goes on, which is then the one that counts among the endpoint's goroutines: a
// relieved one only ends its request, which nobody waits for who has given up on the request.
func (r *reader) run() {
	err := r.read()
	if r.relieved {
		return
	}
	defer r.ch.owner.goroutines.Done()
	broke := r.ch.close(err) && !errors.Is(err, io.EOF)
	if r.events == nil {
		return
	}
	if broke {
		r.events.OnException(r.ch, err)
	}
	r.events.OnClose(r.ch)
}

// read reads frames, and says why it stopped unless another reader goes on.
func (r *reader) read() error {
	defer r.turn.end(r)
	for r.readsOn() {
		frame, err := r.frames.next()
		if err != nil {
			return err
		}
		cmd, rc, err := r.ch.owner.decode(frame)
		if err != nil {
			return err
		}
		if cmd.IsResponse() {
			r.ch.processResponseCommand(cmd, len(frame))
		} else {
			r.ch.owner.dispatch(r, rc, len(frame))
		}
	}
	return nil
}

// readsOn ends the reader's turn when nothing more has come, and says whether it is still this reader that reads.
func (r *reader) readsOn() bool {
	if !r.relieved && !r.frames.another() {
		r.endTurn()
	}
	return !r.relieved
}

// decode reads a frame, and makes a request's context. A server reads into the memory of a request, as nearly all frames are one.
func (e *endpoint) decode(frame []byte) (cmd *protocol.RemotingCommand, rc *RequestContext, err error) {
	if e.relief == nil {
		if cmd, err = protocol.DecodeFrame(frame); err == nil && !cmd.IsResponse() {
			rc = &RequestContext{Request: cmd}
		}
		return cmd, rc, err
	}
	rc, ok := e.requests.Get().(*RequestContext)
	if !ok {
		rc = new(RequestContext)
	}
	rc.Request, err = rc.memory.DecodeFrame(frame)
	return rc.Request, rc, err
}

// relief relieves readers that process a request for too long. It sleeps while none does.
type relief struct {
	clock  clock.Clock
	late   func(before time.Time) []guest // those whose requests came before that time
	starts atomic.Uint64
	awake  atomic.Bool
	wake   chan struct{} // capacity 1
	stop   chan struct{}
	ended  chan struct{}
}

func newRelief(c clock.Clock, late func(time.Time) []guest) *relief {
	return &relief{clock: c, late: late, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
}

// began is called for each request that a reader processes.
func (f *relief) began() {
	f.starts.Add(1)
	if !f.awake.Load() && f.awake.CompareAndSwap(false, true) {
		f.wake <- struct{}{}
	}
}

// run looks after readers until stop is closed.
func (f *relief) run() {
	defer close(f.ended)
	for {
		select {
		case <-f.wake:
			f.watch()
		case <-f.stop:
			return
		}
	}
}

// watch looks every patience until no reader has processed anything for a while.
func (f *relief) watch() {
	tick := f.clock.NewTimer(patience)
	defer tick.Stop()
	seen := f.starts.Load()
	for quiet := 0; quiet < vigil; quiet++ {
		select {
		case <-tick.C():
			tick.Reset(patience)
		case <-f.stop:
			return
		}
		for _, g := range f.late(f.clock.Now().Add(-patience)) {
			g.relieve()
		}
		if now := f.starts.Load(); now != seen {
			seen, quiet = now, 0
		}
	}
	f.awake.Store(false)
	if f.starts.Load() != seen && f.awake.CompareAndSwap(false, true) { // one that began meanwhile may have found it awake
		f.wake <- struct{}{}
	}
}
