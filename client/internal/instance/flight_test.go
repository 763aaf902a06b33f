package instance

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFlightIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table flightTable
		var fetched, done atomic.Int32
		boom := errors.New("boom")
		for range 10 {
			go func() {
				_, _, err := table.do(t.Context(), "k", nil, func() (bool, error) {
					fetched.Add(1)
					time.Sleep(time.Second)
					return true, boom
				})
				if errors.Is(err, boom) {
					done.Add(1)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		if fetched.Load() != 1 || done.Load() != 10 {
			t.Errorf("fetched %d times for %d callers", fetched.Load(), done.Load())
		}
	})
}

func TestAWaiterTakesOverFromACancelledLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table flightTable
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _, _ = table.do(ctx, "k", nil, func() (bool, error) {
				<-ctx.Done()
				return false, ctx.Err()
			})
		}()
		synctest.Wait()
		result := make(chan error, 1)
		go func() {
			changed, shared, err := table.do(t.Context(), "k", nil, func() (bool, error) { return true, nil })
			if !changed || shared {
				err = errors.New("not led by the waiter")
			}
			result <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

func TestAWaiterGivesUpByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table flightTable
		go func() {
			_, _, _ = table.do(t.Context(), "k", nil, func() (bool, error) { time.Sleep(time.Minute); return true, nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := table.do(ctx, "k", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		time.Sleep(time.Minute)
	})
}

func TestNoFlightForWhatIsThere(t *testing.T) {
	var table flightTable
	_, shared, err := table.do(t.Context(), "k", func() bool { return true }, func() (bool, error) { panic("fetched") })
	if !shared || err != nil {
		t.Errorf("%v, %v", shared, err)
	}
}
