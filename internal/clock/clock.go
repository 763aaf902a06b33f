// Package clock is the seam through which Plume reads time and waits, so that tests and fault switches can own it.
package clock

import (
	"context"
	"time"
)

// Clock reads time and makes timers. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the present; its wall part may jump, its monotonic part does not.
	Now() time.Time
	// AfterFunc runs f on its own goroutine after d, unless stopped first.
	AfterFunc(d time.Duration, f func()) Timer
	// NewTimer sends the time on C once, after d.
	NewTimer(d time.Duration) Timer
	// NewTicker sends the time on C every d > 0, dropping ticks that nobody takes.
	NewTicker(d time.Duration) Ticker
}

// Timer fires once.
type Timer interface {
	C() <-chan time.Time // nil for AfterFunc
	Stop() bool          // true if it had not fired yet
	Reset(d time.Duration) bool
}

// Ticker fires again and again until stopped.
type Ticker interface {
	C() <-chan time.Time
	Stop()
}

// System is the operating system's clock.
var System Clock = system{}

// Since is how long ago t was, which Now said. Of the system's clock it reads the monotonic part alone, where Now reads both.
func Since(c Clock, t time.Time) time.Duration {
	if c == System {
		return time.Since(t)
	}
	return c.Now().Sub(t)
}

// Sleep waits for d or until ctx is done, and then returns ctx's error.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (system) AfterFunc(d time.Duration, f func()) Timer { return timer{time.AfterFunc(d, f)} }

func (system) NewTimer(d time.Duration) Timer { return timer{time.NewTimer(d)} }

func (system) NewTicker(d time.Duration) Ticker { return ticker{time.NewTicker(d)} }

type timer struct{ *time.Timer }

func (t timer) C() <-chan time.Time { return t.Timer.C }

type ticker struct{ *time.Ticker }

func (t ticker) C() <-chan time.Time { return t.Ticker.C }
