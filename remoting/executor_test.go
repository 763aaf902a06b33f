package remoting

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

type taskFunc func()

func (f taskFunc) run(bool) { f() }

func TestExecutorRunsEverythingOnce(t *testing.T) {
	x := NewExecutor("test", 4, 1_000_000)
	x.acquire()
	var ran atomic.Int64
	var submitters, tasks sync.WaitGroup
	for range 8 {
		submitters.Go(func() {
			for range 5000 {
				tasks.Add(1)
				if !x.submit(taskFunc(func() { ran.Add(1); tasks.Done() })) {
					t.Error("refused")
				}
			}
		})
	}
	submitters.Wait()
	tasks.Wait()
	if ran.Load() != 40_000 || x.Len() != 0 {
		t.Fatalf("%d ran, %d left", ran.Load(), x.Len())
	}
	x.release()
}

// TestExecutorUsesAllWorkers: tasks that block do not keep others from workers that are free.
func TestExecutorUsesAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := NewExecutor("test", 3, 2)
		x.acquire()
		gate, running := make(chan struct{}), atomic.Int32{}
		block := taskFunc(func() { running.Add(1); <-gate; running.Add(-1) })
		for i := range 3 {
			if !x.submit(block) {
				t.Fatalf("task %d refused", i)
			}
			synctest.Wait()
		}
		for i := range 2 {
			if !x.submit(block) {
				t.Fatalf("waiting task %d refused", i)
			}
		}
		if x.submit(block) || running.Load() != 3 || x.Len() != 2 {
			t.Fatalf("%d running, %d waiting", running.Load(), x.Len())
		}
		x.release() // the last user leaves: what was accepted still runs, then the goroutines end
		close(gate)
	})
}

func TestExecutorStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := NewExecutor("test", 2, 10)
		for range 3 {
			x.acquire()
			done := make(chan struct{})
			x.submit(taskFunc(func() { close(done) }))
			<-done
			x.release()
			synctest.Wait()
		}
	})
}
