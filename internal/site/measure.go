package site

import (
	"context"
	"net/http"
	"time"
)

// Meter measures, for real and on this machine, how fast calls over shared connections are.
type Meter interface {
	Measure(ctx context.Context) ([]Measurement, error)
}

// Measurement is what so many callers managed over so many connections.
type Measurement struct {
	Callers     int           `json:"callers"`
	Connections int           `json:"connections"`
	PerSecond   int64         `json:"perSecond"` // calls of all together
	Each        time.Duration `json:"each"`      // how long one call took, on average, in nanoseconds
}

// measureLimit bounds a measurement: it takes about two seconds.
const measureLimit = 20 * time.Second

// measure runs a measurement and answers with its lines as JSON, or leads a plain form back to where the numbers would be.
func (s *Site) measure(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Meter == nil {
		http.Error(w, "nothing can be measured here", http.StatusNotFound)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), measureLimit)
	defer cancel()
	lines, err := s.cfg.Meter.Measure(ctx)
	if err != nil {
		http.Error(w, "the measurement failed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, lines)
}
