// Package turns lets programs that are compared run one at a time, in short turns on the same machine: what slows the machine down
// slows all of them down.
package turns

import "time"

// turn is how long one side runs before the next does: short beside the seconds in which a machine's speed changes, long beside
// what a process needs to be itself again after it was stopped.
const turn = 200 * time.Millisecond

// Side is what runs in a turn: processes that can be stopped where they are.
type Side interface {
	Pause() error
	Resume() error
	// Ran is called after each turn of the side's, with when it was.
	Ran(Interval)
}

// Take has the sides run one at a time until the time given: the others are stopped meanwhile. In the end all run.
func Take(sides []Side, until time.Time) error {
	for _, s := range sides[1:] {
		if err := s.Pause(); err != nil {
			return err
		}
	}
	running := 0
	for time.Now().Before(until) {
		began := time.Now()
		time.Sleep(turn)
		if err := sides[running].Pause(); err != nil {
			return err
		}
		sides[running].Ran(Interval{began, time.Now()})
		running = (running + 1) % len(sides)
		if err := sides[running].Resume(); err != nil {
			return err
		}
	}
	for i, s := range sides {
		if i == running {
			continue
		}
		if err := s.Resume(); err != nil {
			return err
		}
	}
	return nil
}

// Interval is a span of time.
type Interval struct{ From, To time.Time }

// Within is how much of the interval lies in another.
func (i Interval) Within(other Interval) time.Duration {
	from, to := i.From, i.To
	if from.Before(other.From) {
		from = other.From
	}
	if to.After(other.To) {
		to = other.To
	}
	return max(to.Sub(from), 0)
}

// Intervals are a side's turns.
type Intervals []Interval

// Within is how much of them lies in an interval.
func (all Intervals) Within(in Interval) (sum time.Duration) {
	for _, i := range all {
		sum += i.Within(in)
	}
	return sum
}
