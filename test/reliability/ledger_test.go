package reliability

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sync"
)

// place is where a message lies: a queue and a position in it.
type place struct {
	queue  int32
	offset int64
}

// seen is a message as somebody met it.
type seen struct {
	msgID string
	hash  uint64 // of the body
}

// ack is what a producer was told: this message lies there.
type ack struct {
	place
	seen
}

var hashSeed = maphash.MakeSeed()

func hashOf(body []byte) uint64 { return maphash.Bytes(hashSeed, body) }

// newBody is the seq-th body of a producer. It says so itself, and its length and all of its bytes follow from that, so that whoever
// reads it can tell whether it is what was sent.
func newBody(producer, seq int) []byte {
	random := rand.New(rand.NewPCG(uint64(producer), uint64(seq)))
	body := fmt.Appendf(nil, "%d/%d:", producer, seq)
	size := 16 + random.IntN(400)
	if random.IntN(50) == 0 {
		size += 12 << 10 // a few fill many pages
	}
	for range size {
		body = append(body, byte('a'+random.IntN(26)))
	}
	return body
}

// asSent says whether a body is one that newBody made.
func asSent(body []byte) bool {
	var producer, seq int
	if n, err := fmt.Sscanf(string(body[:min(len(body), 40)]), "%d/%d:", &producer, &seq); n != 2 || err != nil {
		return false
	}
	return bytes.Equal(body, newBody(producer, seq))
}

// ledger holds what producers were told. It is safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	acks   []ack
	failed int // sends whose outcome is not known, or that were refused
}

func (l *ledger) acked(acks ...ack) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acks = append(l.acks, acks...)
}

func (l *ledger) fail() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed++
}

// count is how many messages were acknowledged so far.
func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acks)
}

// all are the acknowledgements; to be called when the producers are gone.
func (l *ledger) all() []ack {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acks
}
