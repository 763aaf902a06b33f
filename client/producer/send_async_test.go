package producer_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// outcome is what a callback was given.
type outcome struct {
	res   *producer.SendResult
	err   error
	calls int
	after time.Duration
}

// sendAsync sends and waits until nothing more can happen.
func sendAsync(ctx context.Context, f *fixture, msg *message.Message) outcome {
	var o outcome
	began := time.Now()
	f.SendAsync(ctx, msg, func(res *producer.SendResult, err error) {
		o.res, o.err, o.after = res, err, time.Since(began)
		o.calls++
	})
	time.Sleep(time.Minute)
	synctest.Wait()
	return o
}

func TestSendAsync(t *testing.T) {
	refuse := clustertest.Refused(protocol.SystemBusy, "full")
	for name, test := range map[string]struct {
		prepare  func(f *fixture)
		msg      *message.Message
		want     error // nil: stored
		attempts int
		after    time.Duration
	}{
		"stored":             {prepare: func(*fixture) {}, attempts: 1},
		"retried":            {prepare: func(f *fixture) { f.Broker("broker-a").Answers(refuse) }, attempts: -1},
		"refused everywhere": {prepare: func(f *fixture) { f.both(refuse) }, want: protocol.SystemBusy, attempts: 3},
		"refused for good":   {prepare: func(f *fixture) { f.both(clustertest.Refused(protocol.MessageIllegal, "")) }, want: protocol.MessageIllegal, attempts: 1},
		"silent":             {prepare: func(f *fixture) { f.both(clustertest.Silent) }, want: remoting.ErrTimeout, attempts: 3, after: 3 * time.Second},
		"down":               {prepare: func(f *fixture) { f.Broker("broker-a").Stop(); f.Broker("broker-b").Stop() }, want: remoting.ErrConnect},
		"illegal":            {prepare: func(*fixture) {}, msg: message.New(topic, nil), want: client.ErrMessageIllegal},
		"no route":           {prepare: func(*fixture) {}, msg: message.New("Unknown", []byte("x")), want: client.ErrTopicNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				test.prepare(f)
				msg := test.msg
				if msg == nil {
					msg = hello()
				}
				o := sendAsync(t.Context(), f, msg)
				if o.calls != 1 || !errors.Is(o.err, test.want) || (o.res == nil) == (o.err == nil) {
					t.Fatalf("%d calls: %+v, %v", o.calls, o.res, o.err)
				}
				if n := f.attempts(); test.attempts >= 0 && n != test.attempts {
					t.Errorf("%d attempts, want %d", n, test.attempts)
				}
				if o.after > max(test.after, time.Millisecond) {
					t.Errorf("called back after %v", o.after)
				}
			})
		})
	}
}

func (f *fixture) both(a clustertest.Answer) {
	f.Broker("broker-a").Answers(a)
	f.Broker("broker-b").Answers(a)
}

func (f *fixture) attempts() int {
	return len(f.Broker("broker-a").Sent()) + len(f.Broker("broker-b").Sent())
}

func TestSendAsyncOutlivesItsCallersContext(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.Broker("broker-a").Answers(clustertest.Refused(protocol.SystemBusy, "full"))
		for range 4 {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			f.SendAsync(ctx, hello(), func(_ *producer.SendResult, err error) { done <- err })
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSendAsyncFromManyGoroutines(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		const senders, each = 32, 50
		var calls, failures atomic.Int32
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for range each {
					f.SendAsync(t.Context(), hello(), func(_ *producer.SendResult, err error) {
						calls.Add(1)
						if err != nil {
							failures.Add(1)
						}
					})
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		if calls.Load() != senders*each || failures.Load() != 0 || f.attempts() != senders*each {
			t.Errorf("%d callbacks, %d failures, %d messages", calls.Load(), failures.Load(), f.attempts())
		}
	})
}

func TestACallbackMayPanicAndMaySend(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		nested := make(chan error, 1)
		f.SendAsync(t.Context(), hello(), func(*producer.SendResult, error) {
			_, err := f.Send(t.Context(), hello())
			nested <- err
			panic("the user's")
		})
		if err := <-nested; err != nil {
			t.Error(err)
		}
	})
}

func TestShutdownWaitsForCallbacks(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.both(clustertest.Silent)
		var o outcome
		f.SendAsync(t.Context(), hello(), func(_ *producer.SendResult, err error) { o.err, o.calls = err, o.calls+1 })
		if err := f.Producer.Shutdown(t.Context()); err != nil || o.calls != 1 || !errors.Is(o.err, remoting.ErrTimeout) {
			t.Errorf("shutdown: %v; %d callbacks: %v", err, o.calls, o.err)
		}
		if o := sendAsync(t.Context(), f, hello()); o.calls != 1 || !errors.Is(o.err, client.ErrNotRunning) {
			t.Errorf("after shutdown: %d callbacks: %v", o.calls, o.err)
		}
	})
	run(t, func(t *testing.T, f *fixture) {
		f.both(clustertest.Silent)
		var o outcome
		f.SendAsync(t.Context(), hello(), func(_ *producer.SendResult, err error) { o.err, o.calls = err, o.calls+1 })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := f.Producer.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cut short: %v", err)
		}
		synctest.Wait()
		if o.calls != 1 || !errors.Is(o.err, remoting.ErrClosed) {
			t.Errorf("%d callbacks: %v", o.calls, o.err)
		}
	})
}
