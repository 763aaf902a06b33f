package stats

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	sampleInterval = time.Second
	minuteSamples  = 60
)

// Series is a counter with a minute of history, sampled once a second by its [Broker]. Add is safe for concurrent use and
// takes one atomic addition.
type Series struct {
	total   atomic.Int64
	samples [minuteSamples]int64 // totals at the last ticks; owned by Broker.mu
	taken   int
}

// Add counts n more.
func (s *Series) Add(n int64) { s.total.Add(n) }

// Total is the count since the start.
func (s *Series) Total() int64 { return s.total.Load() }

func (s *Series) sampleLocked() {
	s.samples[s.taken%minuteSamples] = s.total.Load()
	s.taken++
}

// rateLocked is the mean per second over the last n seconds, or over what is known of them.
func (s *Series) rateLocked(n int) float64 {
	n = min(n, s.taken-1, minuteSamples-1)
	if n <= 0 {
		return 0
	}
	newest := s.samples[(s.taken-1)%minuteSamples]
	oldest := s.samples[(s.taken-1-n)%minuteSamples]
	return float64(newest-oldest) / (float64(n) * sampleInterval.Seconds())
}

// Broker holds a broker's counters. Safe for concurrent use.
//
// Java: store.stats.BrokerStatsManager and BrokerStats (5.5.0), as far as mqadmin's basic commands read them.
type Broker struct {
	// Put and Get count messages stored and served.
	Put, Get Series
	// PutFailed counts messages that the store refused.
	PutFailed Series

	topicPut sync.Map // topic -> *Series
	groupGet sync.Map // topic + "@" + group -> *Series

	mu    sync.Mutex
	days  dayTotals
	today int64 // days since the epoch, local to the clock's zone
}

// dayTotals are the totals at the last two midnights, as Java's record() keeps them.
type dayTotals struct{ putYesterday, putToday, getYesterday, getToday int64 }

// TopicPut counts n messages stored in topic.
func (b *Broker) TopicPut(topic string, n int64) {
	b.Put.Add(n)
	load(&b.topicPut, topic).Add(n)
}

// GroupGet counts n messages of topic served to group.
func (b *Broker) GroupGet(group, topic string, n int64) {
	b.Get.Add(n)
	load(&b.groupGet, topic+"@"+group).Add(n)
}

func load(m *sync.Map, key string) *Series {
	if s, ok := m.Load(key); ok {
		return s.(*Series)
	}
	s, _ := m.LoadOrStore(strings.Clone(key), new(Series)) // it may be part of a request
	return s.(*Series)
}

// TopicPutTPS is the messages per second stored in topic over the last minute.
func (b *Broker) TopicPutTPS(topic string) float64 { return b.rateOf(&b.topicPut, topic) }

// GroupGetTPS is the messages per second of topic served to group over the last minute.
func (b *Broker) GroupGetTPS(group, topic string) float64 {
	return b.rateOf(&b.groupGet, topic+"@"+group)
}

func (b *Broker) rateOf(m *sync.Map, key string) float64 {
	s, ok := m.Load(key)
	if !ok {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.(*Series).rateLocked(minuteSamples)
}

// PutTPS and GetTPS over the last n seconds, n up to 59.
func (b *Broker) PutTPS(n int) float64 {
	return b.locked(func() float64 { return b.Put.rateLocked(n) })
}

// GetTPS is the messages served per second over the last n seconds, n up to 59.
func (b *Broker) GetTPS(n int) float64 {
	return b.locked(func() float64 { return b.Get.rateLocked(n) })
}

func (b *Broker) locked(f func() float64) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return f()
}

// Sample takes one sample of every series; its caller does so once a second.
func (b *Broker) Sample(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Put.sampleLocked()
	b.Get.sampleLocked()
	sample := func(_, v any) bool { v.(*Series).sampleLocked(); return true }
	b.topicPut.Range(sample)
	b.groupGet.Range(sample)
	b.rollDayLocked(now)
}

func (b *Broker) rollDayLocked(now time.Time) {
	y, m, d := now.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	if b.today != 0 && day != b.today {
		b.days = dayTotals{b.days.putToday, b.Put.Total(), b.days.getToday, b.Get.Total()}
	}
	b.today = day
}

// DayTotals are the totals of messages stored and served at the two last midnights, zero while this process has not seen them.
func (b *Broker) DayTotals() (putYesterday, putToday, getYesterday, getToday int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.days.putYesterday, b.days.putToday, b.days.getYesterday, b.days.getToday
}

// Forget drops the series of a deleted topic.
func (b *Broker) Forget(topic string) { b.topicPut.Delete(topic) }
