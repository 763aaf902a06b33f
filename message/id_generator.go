package message

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
)

// IDGenerator gives messages the ids by which producers know them, unique among all producers:
//
//	0         8 / 32  12 / 36     20 / 44            28 / 52   32 / 56   (characters)
//	+---------+-------+-----------+------------------+---------+
//	| IPv4/v6 | pid   | generator | ms in this month | counter |   upper-case hexadecimal, big endian
//	+---------+-------+-----------+------------------+---------+
//
// The generator's number is drawn at random where Java has a class loader's hash. Safe for concurrent use.
//
// Java: common.message.MessageClientIDSetter (5.5.0).
type IDGenerator struct {
	clock   clock.Clock
	fixed   []byte // the id up to the time, in hexadecimal
	month   atomic.Pointer[month]
	counter atomic.Uint32
}

// month is when a calendar month begins and ends, in milliseconds since the Unix epoch.
type month struct{ start, end int64 }

// NewIDGenerator is a generator for this process; addr is its host's. A nil clock is the system's.
func NewIDGenerator(c clock.Clock, addr netip.Addr) *IDGenerator {
	if c == nil {
		c = clock.System
	}
	raw := addr.Unmap().AsSlice()
	if raw == nil {
		raw = make([]byte, 4)
	}
	raw = binary.BigEndian.AppendUint16(raw, uint16(os.Getpid()))
	raw = binary.BigEndian.AppendUint32(raw, rand.Uint32())
	g := &IDGenerator{clock: c, fixed: appendUpperHex(nil, raw)}
	g.month.Store(monthOf(c.Now()))
	return g
}

// Next is a new id, of 32 characters or 56.
//
// Java: common.message.MessageClientIDSetter#createUniqID (5.5.0).
func (g *IDGenerator) Next() string {
	var text [56]byte
	return string(g.AppendNext(text[:0], g.clock.Now()))
}

// AppendNext appends a new id to dst; now is the present time.
func (g *IDGenerator) AppendNext(dst []byte, now time.Time) []byte {
	ms := now.UnixMilli()
	m := g.month.Load()
	if ms >= m.end {
		m = monthOf(now)
		g.month.Store(m)
	}
	since := ms - m.start
	if since < 0 && since > -1_000_000 { // the clock was set back a little, over the month's beginning
		since = 0
	}
	var tail [6]byte
	binary.BigEndian.PutUint32(tail[:], uint32(since))
	binary.BigEndian.PutUint16(tail[4:], uint16(g.counter.Add(1)-1))
	return appendUpperHex(append(dst, g.fixed...), tail[:])
}

// SetUniqID gives the message an id unless it has one, and returns the id that it has.
//
// Java: common.message.MessageClientIDSetter#setUniqID (5.5.0).
func (g *IDGenerator) SetUniqID(m *Message) string {
	if id := m.UniqID(); id != "" {
		return id
	}
	id := g.Next()
	m.Properties.Set(PropertyUniqClientMessageIDKeyIdx, id)
	return id
}

func monthOf(t time.Time) *month {
	start := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return &month{start: start.UnixMilli(), end: start.AddDate(0, 1, 0).UnixMilli()}
}
