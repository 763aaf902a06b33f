package remoting

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/clock"
)

// script is a connection that says what each look and each read brings, and counts them.
type script struct {
	net.Conn
	came         bool // looks bring a byte
	tries, reads int
	err          error
}

func (s *script) TryRead([]byte) (int, error) {
	s.tries++
	if s.came {
		return 1, s.err
	}
	return 0, s.err
}

func (s *script) Read([]byte) (int, error) { s.reads++; return 1, nil }

func (s *script) TryWrite([]byte) (int, error) { return 0, nil }

// slow is a clock on which each look takes time.
type slow struct {
	clock.Clock
	now time.Time
	per time.Duration
}

func (c *slow) Now() time.Time { c.now = c.now.Add(c.per); return c.now }

// polling is a poller of s that may always poll, and its clock.
func polling(s *script) (*busyPoller, *slow) {
	c := &slow{Clock: clock.System, now: time.Unix(1, 0), per: time.Microsecond}
	b, _ := newPollingReader(s, c, func() {}).src.(*busyPoller)
	b.limit = &pollers{most: 1}
	return b, c
}

func (b *busyPoller) readTimes(t *testing.T, n int) {
	t.Helper()
	for range n {
		if n, err := b.Read(nil); n != 1 || err != nil {
			t.Fatalf("read: %d, %v", n, err)
		}
	}
}

func TestPollsInVainGetRare(t *testing.T) {
	s := new(script)
	b, _ := polling(s)
	b.readTimes(t, 1+1+1+2+1+4+1)
	if s.tries != 4*looks || s.reads != 11 {
		t.Fatalf("11 reads: %d looks, %d times asleep", s.tries, s.reads)
	}
	b.readTimes(t, 100_000)
	if polls := s.tries / looks; polls > 110 {
		t.Fatalf("%d polls in 100,011 reads", polls)
	}
}

func TestAPollThatBringsSomethingHasTheNextOnesTry(t *testing.T) {
	s := new(script)
	b, _ := polling(s)
	b.readTimes(t, 1+1+1+2) // the next one polls
	s.came = true
	b.readTimes(t, mostCredit)
	if s.reads != 5 {
		t.Fatalf("%d times asleep", s.reads-5)
	}
	s.came, s.tries = false, 0
	b.readTimes(t, mostCredit/costInVain+1)
	if s.tries != looks*(mostCredit/costInVain+1) {
		t.Fatalf("%d looks with credit", s.tries)
	}
	s.tries = 0
	b.readTimes(t, 1)
	if s.tries != 0 {
		t.Fatalf("%d looks without credit", s.tries)
	}
}

func TestACrowdHasAPollerRest(t *testing.T) {
	s := &script{came: true}
	b, c := polling(s)
	rests := func(want int) {
		t.Helper()
		c.per = crowded
		b.readTimes(t, 1)
		c.per, s.tries = time.Microsecond, 0
		if b.readTimes(t, want); s.tries != 0 {
			t.Fatalf("%d looks while it rests", s.tries)
		}
		if b.readTimes(t, 1); s.tries != 1 {
			t.Fatalf("rests for more than %d reads", want)
		}
	}
	rests(512)
	rests(1024)
	b.readTimes(t, 1100) // good polls, and some asleep
	rests(1024)
	for range 10 {
		b.rest, c.per = 0, crowded
		b.readTimes(t, 1)
	}
	b.rest = 0
	rests(32_768)
}

func TestOneReadOfManySleeps(t *testing.T) {
	s := &script{came: true}
	b, _ := polling(s)
	b.readTimes(t, 10*(mostInRow+1))
	if s.reads != 10 {
		t.Fatalf("%d of %d reads went to sleep", s.reads, 10*(mostInRow+1))
	}
}

func TestNoPollAfterABurst(t *testing.T) {
	s := &script{came: true}
	b, _ := polling(s)
	b.frames.burst = fewFrames + 1
	b.readTimes(t, 1)
	if s.tries != 0 {
		t.Fatal("polled after a burst")
	}
	b.frames.burst = fewFrames
	b.readTimes(t, 1)
	if s.tries != 1 {
		t.Fatal("did not poll after a few frames")
	}
}

func TestPollsAtATimeAreBounded(t *testing.T) {
	s := &script{came: true}
	b, _ := polling(s)
	if !b.limit.enter() || b.limit.enter() {
		t.Fatal("not one at a time")
	}
	b.readTimes(t, 1)
	if s.tries != 0 {
		t.Fatal("polled beside another")
	}
	b.limit.leave()
	b.readTimes(t, 1)
	if s.tries != 1 {
		t.Fatal("did not poll alone")
	}
	if b.limit.count.Load() != 0 {
		t.Fatal("a poll has not left")
	}
}

func TestAPollEndsWithTheConnection(t *testing.T) {
	want := errors.New("over")
	s := &script{err: want}
	b, _ := polling(s)
	if n, err := b.Read(nil); n != 0 || !errors.Is(err, want) || s.reads != 0 {
		t.Fatalf("%d, %v, %d reads", n, err, s.reads)
	}
}

// What comes together is counted from read to read.
func TestFramesOfABurst(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		_, _ = server.Write([]byte{0, 0, 0, 1, 7, 0, 0, 0, 1, 8, 0, 0, 0, 1, 9})
		_, _ = server.Write([]byte{0, 0, 0, 1, 10})
		_ = server.Close()
	}()
	r := newFrameReader(client, func() {})
	for i, want := range []int{1, 2, 3, 1} {
		if _, err := r.next(); err != nil || r.burst != want {
			t.Fatalf("frame %d: %v, %d since the last read", i, err, r.burst)
		}
	}
}

// Polls are switched off for a connection's own side alone.
func TestNoBusyPolling(t *testing.T) {
	for _, off := range []bool{false, true} {
		e := &endpoint{settings: ClientConfig{NoBusyPolling: off}.settings()}
		if server := (ServerConfig{NoBusyPolling: off}).settings(); server.noBusyPolling != off {
			t.Errorf("a server's connections poll: %v", !server.noBusyPolling)
		}
		ch := &Channel{owner: e, conn: &script{}}
		if _, polls := ch.newReader().src.(*busyPoller); polls == off {
			t.Errorf("off %v, and it polls: %v", off, polls)
		}
	}
}
