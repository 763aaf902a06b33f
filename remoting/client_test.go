package remoting_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestInvokeSyncReturnsTheResponse(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(echo)
		resp, err := w.call(simAddr, request("hello"), time.Second)
		if err != nil || string(resp.Body) != "hello" || resp.Code != int32(protocol.Success) {
			t.Fatalf("%v, %v", resp, err)
		}
	})
}

func TestConcurrentCallersShareOneDial(t *testing.T) {
	inWorld(t, func(w *world) {
		w.net.SetFault(simAddr, network.Fault{Delay: 50 * time.Millisecond})
		w.start(echo)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				body := fmt.Sprint("caller ", i)
				resp, err := w.call(simAddr, request(body), time.Second)
				if err != nil || string(resp.Body) != body {
					t.Errorf("%v, %v", resp, err)
				}
			})
		}
		wg.Wait()
		if n := w.net.Dials(simAddr); n != 1 {
			t.Fatalf("%d dials", n)
		}
	})
}

func TestConnectErrors(t *testing.T) {
	inWorld(t, func(w *world) {
		_, err := w.call(simAddr, request(""), time.Second)
		if !errors.Is(err, remoting.ErrConnect) || !strings.Contains(err.Error(), "invokeSync 10.0.0.1:10911 HEART_BEAT") {
			t.Fatalf("nobody listens: %v", err)
		}
		w.net.SetFault(simAddr, network.Fault{Blackhole: true})
		if _, err = w.call(simAddr, request(""), time.Minute); !errors.Is(err, remoting.ErrConnect) {
			t.Fatalf("beyond the connect timeout: %v", err)
		}
		began := time.Now()
		if _, err = w.call(simAddr, request(""), time.Second); !errors.Is(err, remoting.ErrTimeout) {
			t.Fatalf("beyond the call's deadline: %v", err)
		}
		if d := time.Since(began); d != time.Second {
			t.Fatalf("returned after %v", d)
		}
	})
}

// TestLateResponseIsDropped: futures are pooled, so a response that comes too late must not reach the next call.
func TestLateResponseIsDropped(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			if string(rc.Request.Body) == "slow" {
				time.Sleep(150 * time.Millisecond)
			}
			return echo(ctx, rc)
		})
		for range 50 {
			if _, err := w.call(simAddr, request("slow"), 90*time.Millisecond); !errors.Is(err, remoting.ErrTimeout) {
				t.Fatalf("slow: %v", err)
			}
			if resp, err := w.call(simAddr, request("quick"), 90*time.Millisecond); err != nil || string(resp.Body) != "quick" {
				t.Fatalf("quick: %v, %v", resp, err)
			}
		}
		if n := w.net.Dials(simAddr); n != 1 {
			t.Fatalf("%d dials: a lively connection was closed for one slow call", n)
		}
	})
}

func TestResetFailsWaitersAtOnceAndTheNextCallDials(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(10 * time.Second))
		var wg sync.WaitGroup
		began := time.Now()
		for range 20 {
			wg.Go(func() {
				if _, err := w.call(simAddr, request(""), time.Minute); !errors.Is(err, remoting.ErrSendRequest) {
					t.Errorf("%v", err)
				}
			})
		}
		synctest.Wait()
		w.net.Reset(simAddr)
		wg.Wait()
		if d := time.Since(began); d != 0 {
			t.Fatalf("waiters woke after %v", d)
		}
		if _, err := w.call(simAddr, request(""), time.Minute); err != nil {
			t.Fatalf("the next call: %v", err)
		}
		if n := w.net.Dials(simAddr); n != 2 {
			t.Fatalf("%d dials", n)
		}
	})
}

// TestHalfOpen: the peer is gone but the socket looks open. Every call returns by its deadline, and then the client dials anew.
func TestHalfOpen(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(echo)
		if _, err := w.call(simAddr, request(""), time.Second); err != nil {
			t.Fatal(err)
		}
		w.net.SetFault(simAddr, network.Fault{Blackhole: true})
		big := strings.Repeat("x", 100<<10) // a few of these fill the connection, and then the backlog
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				began := time.Now()
				_, err := w.call(simAddr, request(big), 3*time.Second)
				if err == nil || time.Since(began) > 3*time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		}
		wg.Wait()
		w.net.SetFault(simAddr, network.Fault{})
		if _, err := w.call(simAddr, request(""), time.Second); err != nil {
			t.Fatalf("healed: %v", err)
		}
		if n := w.net.Dials(simAddr); n != 2 {
			t.Fatalf("%d dials", n)
		}
	})
}

// TestEachCallToASilentPeerDials: whoever has waited in vain calls again at once, and never on the connection that is given up.
func TestEachCallToASilentPeerDials(t *testing.T) {
	inWorld(t, func(w *world) {
		over := make(chan struct{})
		defer close(over)
		w.start(func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			<-over
			return nil, nil
		})
		for n := range 100 {
			if _, err := w.call(simAddr, request(""), 500*time.Millisecond); !errors.Is(err, remoting.ErrTimeout) {
				t.Fatalf("call %d: %v", n, err)
			}
		}
	})
}

// TestPeerThatNeverReads: callers wait for room in a bounded backlog no longer than their deadlines, and the connection goes.
func TestPeerThatNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		l, err := sim.Listen(simAddr)
		if err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		go func() {
			conn, _ := l.Accept()
			<-over
			_ = conn.Close()
		}()
		client := remoting.NewClient(remoting.ClientConfig{Network: sim, MaxPending: 1 << 20})
		var wg sync.WaitGroup
		began := time.Now()
		for range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				if err := client.InvokeOneway(ctx, simAddr, request(strings.Repeat("x", 64<<10))); err != nil && !errors.Is(err, remoting.ErrTimeout) {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(began); d > 5*time.Second {
			t.Fatalf("callers returned after %v", d)
		}
		client.Shutdown()
		close(over)
		_ = l.Close()
	})
}

func TestAsyncCallsBackExactlyOnce(t *testing.T) {
	outcomes := map[string]struct {
		server  remoting.ProcessorFunc
		disturb func(w *world)
		want    error
	}{
		"response": {server: echo},
		"error code": {server: func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			return nil, errors.New("no")
		}},
		"timeout":  {server: after(time.Minute), want: remoting.ErrTimeout},
		"reset":    {server: after(time.Minute), disturb: func(w *world) { w.net.Reset(simAddr) }, want: remoting.ErrSendRequest},
		"close":    {server: after(time.Minute), disturb: func(w *world) { w.client.CloseChannel(simAddr) }, want: remoting.ErrSendRequest},
		"shutdown": {server: after(time.Minute), disturb: func(w *world) { w.client.Shutdown() }, want: remoting.ErrClosed},
		"panic":    {server: func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) { panic("oh") }},
		"late":     {server: after(2500 * time.Millisecond), want: remoting.ErrTimeout},
	}
	for name, o := range outcomes {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.start(o.server)
				var calls [10]atomic.Int32
				for i := range calls {
					ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
					err := w.client.InvokeAsync(ctx, simAddr, request(""), func(_ *protocol.RemotingCommand, err error) {
						calls[i].Add(1)
						if !errors.Is(err, o.want) {
							t.Errorf("%v", err)
						}
					})
					if err != nil {
						t.Fatal(err)
					}
					defer cancel()
				}
				synctest.Wait()
				if o.disturb != nil {
					o.disturb(w)
				}
				time.Sleep(3 * time.Minute)
				for i := range calls {
					if n := calls[i].Load(); n != 1 {
						t.Errorf("call %d: called back %d times", i, n)
					}
				}
			})
		})
	}
}

func TestCancelledCall(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(time.Second))
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := w.client.InvokeSync(ctx, simAddr, request("")); !errors.Is(err, context.Canceled) {
			t.Fatalf("sync: %v", err)
		}
		got := make(chan error, 1)
		ctx, cancel = context.WithTimeout(context.Background(), 2*time.Second)
		if err := w.client.InvokeAsync(ctx, simAddr, request(""), func(_ *protocol.RemotingCommand, err error) { got <- err }); err != nil {
			t.Fatal(err)
		}
		cancel() // the caller has returned; the call goes on
		if err := <-got; err != nil {
			t.Fatalf("async: %v", err)
		}
	})
}

func TestCallWithoutDeadlineTimesOut(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(time.Hour))
		began := time.Now()
		_, err := w.client.InvokeSync(context.Background(), simAddr, request(""))
		if !errors.Is(err, remoting.ErrTimeout) || time.Since(began) != remoting.DefaultCallTimeout {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
		time.Sleep(time.Hour)
	})
}

func TestPermitsBoundAsyncCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		server := remoting.NewServer(remoting.ServerConfig{Addr: simAddr, Network: sim})
		server.RegisterDefaultProcessor(after(time.Second), nil)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		client := remoting.NewClient(remoting.ClientConfig{Network: sim, AsyncPermits: 2})
		invoke := func(timeout time.Duration) error {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			return client.InvokeAsync(ctx, simAddr, request(""), func(*protocol.RemotingCommand, error) {})
		}
		for i := range 2 {
			if err := invoke(5 * time.Second); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if err := invoke(100 * time.Millisecond); !errors.Is(err, remoting.ErrTooMuchRequest) {
			t.Fatalf("the third: %v", err)
		}
		began := time.Now()
		if err := invoke(5 * time.Second); err != nil || time.Since(began) != 900*time.Millisecond {
			t.Fatalf("the fourth waits for a permit: %v after %v", err, time.Since(began))
		}
		client.Shutdown()
		_ = server.Shutdown(context.Background())
	})
}

func TestIdleConnectionCloses(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(echo)
		for i, pause := range []time.Duration{0, 100 * time.Second, 100 * time.Second, 300 * time.Second} {
			time.Sleep(pause)
			if _, err := w.call(simAddr, request(""), time.Second); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if n := w.net.Dials(simAddr); n != 2 {
			t.Fatalf("%d dials", n)
		}
	})
}

func TestShutdownClient(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(time.Second))
		got := make(chan error, 1)
		go func() {
			_, err := w.call(simAddr, request(""), time.Minute)
			got <- err
		}()
		synctest.Wait()
		w.client.Shutdown()
		if err := <-got; !errors.Is(err, remoting.ErrClosed) {
			t.Fatalf("waiting: %v", err)
		}
		if _, err := w.call(simAddr, request(""), time.Minute); !errors.Is(err, remoting.ErrClosed) {
			t.Fatalf("after: %v", err)
		}
	})
}

func TestShutdownClientWhileDialling(t *testing.T) {
	inWorld(t, func(w *world) {
		w.net.SetFault(simAddr, network.Fault{Blackhole: true})
		got := make(chan error, 1)
		go func() {
			_, err := w.call(simAddr, request(""), time.Minute)
			got <- err
		}()
		synctest.Wait()
		began := time.Now()
		w.client.Shutdown()
		if err := <-got; err == nil || time.Since(began) != 0 {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestRequestsFromTheServer(t *testing.T) {
	inWorld(t, func(w *world) {
		var channel atomic.Pointer[remoting.Channel]
		w.start(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			channel.Store(rc.Channel)
			return echo(ctx, rc)
		})
		told := make(chan string, 1)
		w.client.RegisterProcessor(protocol.GetConsumerRunningInfo, remoting.ProcessorFunc(echo))
		w.client.RegisterProcessor(protocol.NotifyConsumerIDsChanged, remoting.ProcessorFunc(
			func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				told <- string(rc.Request.Body)
				return nil, nil
			}))
		if _, err := w.call(simAddr, request(""), time.Second); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		req := protocol.NewRequest(protocol.GetConsumerRunningInfo, nil)
		req.Body = []byte("info")
		if resp, err := w.server.InvokeSync(ctx, channel.Load(), req); err != nil || string(resp.Body) != "info" {
			t.Fatalf("sync: %v, %v", resp, err)
		}
		req = protocol.NewRequest(protocol.NotifyConsumerIDsChanged, nil)
		req.Body = []byte("changed")
		if err := w.server.InvokeOneway(ctx, channel.Load(), req); err != nil || <-told != "changed" {
			t.Fatalf("one-way: %v", err)
		}
		resp, err := w.server.InvokeSync(ctx, channel.Load(), protocol.NewRequest(protocol.PullMessage, nil))
		if err != nil || resp.Code != int32(protocol.RequestCodeNotSupported) || resp.Remark != " request type 11 not supported" {
			t.Fatalf("unknown: %v, %v", resp, err)
		}
	})
}
