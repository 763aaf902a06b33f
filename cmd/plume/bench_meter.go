package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are kept in microseconds, up to a minute, to three significant digits.
const maxLatencyMicros = 60_000_000

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxLatencyMicros, 3) }

// shards is how many histograms share the measuring, so that the senders seldom wait for each other.
const shards = 8

// meter gathers what the senders measure.
type meter struct{ shards [shards]shard }

// shard is the measurements of some of the senders.
type shard struct {
	mu      sync.Mutex
	latency *hdrhistogram.Histogram // since the last reset, without recent
	recent  *hdrhistogram.Histogram // since the last progress line
	failed  int64                   // since the last reset
	failure error                   // the last one
}

func newMeter() *meter {
	m := &meter{}
	for i := range m.shards {
		m.shards[i].latency, m.shards[i].recent = newHistogram(), newHistogram()
	}
	return m
}

// of is the shard of a sender.
func (m *meter) of(sender int) *shard { return &m.shards[sender%shards] }

func (s *shard) record(took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed++
		s.failure = err
		return
	}
	_ = s.recent.RecordValue(min(max(took.Microseconds(), 1), maxLatencyMicros)) // within its range
}

// measurement is what was measured over some time.
type measurement struct {
	latency *hdrhistogram.Histogram
	failed  int64
	failure error
}

// reset forgets everything so far.
func (m *meter) reset() {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		s.latency.Reset()
		s.recent.Reset()
		s.failed, s.failure = 0, nil
		s.mu.Unlock()
	}
}

// recent is the latencies since it was last called, and the failures since the reset.
func (m *meter) recent() measurement {
	return m.gather(func(s *shard, out *hdrhistogram.Histogram) { out.Merge(s.recent) })
}

// total is what was measured since the reset.
func (m *meter) total() measurement {
	return m.gather(func(s *shard, out *hdrhistogram.Histogram) {
		out.Merge(s.latency)
		out.Merge(s.recent)
	})
}

// gather adds up the shards and ends the recent past.
func (m *meter) gather(add func(s *shard, out *hdrhistogram.Histogram)) measurement {
	out := measurement{latency: newHistogram()}
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		add(s, out.latency)
		s.latency.Merge(s.recent)
		s.recent.Reset()
		out.failed += s.failed
		if s.failure != nil {
			out.failure = s.failure
		}
		s.mu.Unlock()
	}
	return out
}

// watch prints a line for each second of d, or until ctx ends; a line that is late stands for the time since the one before.
func watch(ctx context.Context, w io.Writer, m *meter, d time.Duration) {
	began := time.Now()
	last := began
	for second := time.Second; second <= d; second = last.Sub(began).Truncate(time.Second) + time.Second {
		if !pause(ctx, time.Until(began.Add(second))) {
			return
		}
		r, now := m.recent(), time.Now()
		fmt.Fprintf(w, "%4.0fs %12s msg/s   p50 %8s   p99 %8s   failed %d\n", second.Seconds(),
			grouped(float64(r.latency.TotalCount())/now.Sub(last).Seconds()), quantile(r.latency, 50), quantile(r.latency, 99), r.failed)
		last = now
	}
	pause(ctx, time.Until(began.Add(d)))
}
