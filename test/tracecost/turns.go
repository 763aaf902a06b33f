package main

import "time"

// turn is how long one cluster runs before the other does: short beside the seconds in which a machine's speed changes, long beside
// what a process needs to be itself again after it was stopped.
const turn = 200 * time.Millisecond

// interval is a span of time.
type interval struct{ from, to time.Time }

// within is how much of the interval lies in another.
func (i interval) within(other interval) time.Duration {
	from, to := i.from, i.to
	if from.Before(other.from) {
		from = other.from
	}
	if to.After(other.to) {
		to = other.to
	}
	return max(to.Sub(from), 0)
}

// takeTurns has two clusters run one at a time until the time given: all processes of the other are stopped meanwhile. In the end
// both run.
func takeTurns(a, b *cluster, until time.Time) error {
	running, stopped := a, b
	if err := stopped.pause(); err != nil {
		return err
	}
	for time.Now().Before(until) {
		began := time.Now()
		time.Sleep(turn)
		if err := running.pause(); err != nil {
			return err
		}
		running.ran = append(running.ran, interval{began, time.Now()})
		running.note()
		running, stopped = stopped, running
		if err := running.resume(); err != nil {
			return err
		}
	}
	return stopped.resume()
}
