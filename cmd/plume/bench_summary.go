package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// benchSummary is the result of a benchmark, as --json prints it. Latencies are in microseconds.
type benchSummary struct {
	Topic        string  `json:"topic"`
	Mode         string  `json:"mode"`
	InFlight     int     `json:"inFlight"`
	BodySize     int     `json:"bodySize"`
	Began        string  `json:"began"` // RFC 3339: the end of the warm-up
	Seconds      float64 `json:"seconds"`
	Sent         int64   `json:"sent"`
	Failed       int64   `json:"failed"`
	PerSecond    float64 `json:"perSecond"`
	MeanMicros   float64 `json:"meanMicros"`
	P50Micros    int64   `json:"p50Micros"`
	P90Micros    int64   `json:"p90Micros"`
	P99Micros    int64   `json:"p99Micros"`
	P999Micros   int64   `json:"p999Micros"`
	MaxMicros    int64   `json:"maxMicros"`
	DroppedSpans *int64  `json:"droppedSpans,omitempty"`
	LastFailure  string  `json:"lastFailure,omitempty"`
}

func (f *benchFlags) summary(topic string, began time.Time, took time.Duration, m measurement) *benchSummary {
	h := m.latency
	s := &benchSummary{
		Topic: topic, Mode: f.mode, InFlight: f.inFlight, BodySize: f.size, Began: began.Format(time.RFC3339Nano), Seconds: took.Seconds(),
		Sent: h.TotalCount(), Failed: m.failed, PerSecond: float64(h.TotalCount()) / took.Seconds(), MeanMicros: h.Mean(),
		P50Micros: h.ValueAtQuantile(50), P90Micros: h.ValueAtQuantile(90), P99Micros: h.ValueAtQuantile(99),
		P999Micros: h.ValueAtQuantile(99.9), MaxMicros: h.Max(),
	}
	if m.failure != nil {
		s.LastFailure = m.failure.Error()
	}
	return s
}

// print writes the summary for people.
func (s *benchSummary) print(w io.Writer) error {
	fmt.Fprintf(w, "sent     %s in %.1fs: %s msg/s, %.1f MiB/s of bodies\n", grouped(float64(s.Sent)), s.Seconds, grouped(s.PerSecond),
		s.PerSecond*float64(s.BodySize)/(1<<20))
	fmt.Fprintf(w, "failed   %s", grouped(float64(s.Failed)))
	if s.LastFailure != "" {
		fmt.Fprintf(w, ", last: %s", s.LastFailure)
	}
	fmt.Fprintf(w, "\nlatency  mean %v  p50 %v  p90 %v  p99 %v  p99.9 %v  max %v\n", micros(int64(s.MeanMicros)), micros(s.P50Micros),
		micros(s.P90Micros), micros(s.P99Micros), micros(s.P999Micros), micros(s.MaxMicros))
	if s.DroppedSpans != nil {
		fmt.Fprintf(w, "spans    %s dropped\n", grouped(float64(*s.DroppedSpans)))
	}
	return nil
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func quantile(h *hdrhistogram.Histogram, q float64) time.Duration {
	return micros(h.ValueAtQuantile(q))
}

// grouped writes a count with a comma between groups of three digits.
func grouped(n float64) string {
	digits := strconv.FormatInt(int64(n+0.5), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
