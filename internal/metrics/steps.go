package metrics

import (
	"time"

	"github.com/plumemq/plume/internal/observ"
)

// Steps observes the durations of a role's steps; nil when there is nothing to record with. Give it to [observ.Component.Observe].
func (r *Registry) Steps(role string) observ.StepObserver {
	if r == nil {
		return nil
	}
	return &steps{role: role, durations: r.Histogram(StepDuration)}
}

type steps struct {
	role      string
	durations HistogramVec
	handles   Cache[stepKey, Histogram]
}

type stepKey struct {
	op   *observ.Op
	mode string
}

// ObserveStep implements observ.StepObserver.
func (s *steps) ObserveStep(op *observ.Op, mode string, took time.Duration, span observ.SpanContext) {
	key := stepKey{op, mode}
	h := s.handles.Load(key)
	if h == nil {
		h = s.handles.Keep(key, s.durations.With(op.ID, s.role, mode))
	}
	h.Observe(took.Seconds(), span)
}
