package remoting_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
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

func TestErrorsBecomeResponses(t *testing.T) {
	cases := map[string]struct {
		answer remoting.ProcessorFunc
		code   protocol.ResponseCode
		remark string
	}{
		"response error": {
			func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				return nil, fmt.Errorf("wrapped: %w", &protocol.ResponseError{Code: protocol.TopicNotExist, Remark: "no topic"})
			}, protocol.TopicNotExist, "no topic",
		},
		"any error": {
			func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				return nil, errors.New("disk on fire")
			}, protocol.SystemError, "disk on fire",
		},
		"panic": {
			func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				panic("index out of range")
			},
			protocol.SystemError, "processor panicked: index out of range",
		},
		"error after suspending": {
			func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				rc.Suspend()
				return nil, errors.New("changed my mind")
			}, protocol.SystemError, "changed my mind",
		},
		"too long": {
			func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				resp := protocol.NewResponse(protocol.Success, "")
				resp.Body = make([]byte, protocol.MaxFrameLength)
				return resp, nil
			}, protocol.SystemError, "exceeds the maximum of 16777216",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.start(c.answer)
				resp, err := w.call(simAddr, request(""), time.Second)
				if err != nil || resp.Code != int32(c.code) || !strings.Contains(resp.Remark, c.remark) {
					t.Fatalf("%+v, %v", resp, err)
				}
			})
		})
	}
}

func TestUnknownCode(t *testing.T) {
	inWorld(t, func(w *world) {
		if err := w.server.Start(); err != nil {
			t.Fatal(err)
		}
		resp, err := w.call(simAddr, protocol.NewRequest(3442, nil), time.Second)
		if err != nil || resp.Code != int32(protocol.RequestCodeNotSupported) || resp.Remark != " request type 3442 not supported" {
			t.Fatalf("%+v, %v", resp, err)
		}
	})
}

func TestFullExecutorAnswersSystemBusy(t *testing.T) {
	inWorld(t, func(w *world) {
		var processed atomic.Int32
		slow := remoting.ProcessorFunc(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			processed.Add(1)
			return after(time.Second)(ctx, rc)
		})
		w.server.RegisterProcessor(protocol.HeartBeat, slow, remoting.NewExecutor("small", 2, 3))
		if err := w.server.Start(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var ok, busy atomic.Int32
		for i := range 9 {
			if i <= 2 {
				time.Sleep(50 * time.Millisecond) // the first two are being processed
			}
			wg.Go(func() {
				resp, err := w.call(simAddr, request(""), time.Minute)
				switch {
				case err != nil:
					t.Error(err)
				case resp.Code == int32(protocol.SystemBusy) && resp.Remark == "[OVERLOAD]system busy, start flow control for a while":
					busy.Add(1)
				case resp.Code == int32(protocol.Success):
					ok.Add(1)
				}
			})
		}
		time.Sleep(50 * time.Millisecond)
		if n := busy.Load(); n != 4 {
			t.Errorf("%d refused soon; 9 came for 2 workers and 3 places", n)
		}
		if err := w.client.InvokeOneway(context.Background(), simAddr, request("")); err != nil {
			t.Errorf("one-way: %v", err)
		}
		wg.Wait()
		time.Sleep(time.Minute)
		if ok.Load() != 5 || processed.Load() != ok.Load() {
			t.Errorf("%d answered, %d refused, %d processed", ok.Load(), busy.Load(), processed.Load())
		}
	})
}

func TestSuspendedRequest(t *testing.T) {
	inWorld(t, func(w *world) {
		w.server.RegisterProcessor(protocol.PullMessage, remoting.ProcessorFunc(
			func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
				responder := rc.Suspend()
				time.AfterFunc(5*time.Second, func() {
					responder.Respond(protocol.NewResponse(protocol.PullNotFound, "held"), nil)
					responder.Respond(nil, errors.New("the second answer counts for nothing"))
				})
				return nil, nil
			}), remoting.NewExecutor("pull", 1, 10))
		if err := w.server.Start(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		began := time.Now()
		for range 5 { // on one worker: suspended requests do not hold it
			wg.Go(func() {
				resp, err := w.call(simAddr, protocol.NewRequest(protocol.PullMessage, nil), time.Minute)
				if err != nil || resp.Code != int32(protocol.PullNotFound) || resp.Remark != "held" || time.Since(began) != 5*time.Second {
					t.Errorf("%+v, %v after %v", resp, err, time.Since(began))
				}
			})
		}
		wg.Wait()
	})
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(2 * time.Second))
		got := make(chan error, 1)
		go func() {
			_, err := w.call(simAddr, request(""), time.Minute)
			got <- err
		}()
		synctest.Wait()
		finished := make(chan error, 1)
		go func() { finished <- w.shutdownServer(time.Minute) }()
		synctest.Wait()
		if _, err := w.call(simAddr, request(""), time.Second); !errors.Is(err, protocol.GoAway) {
			t.Errorf("during the shutdown: %v", err)
		}
		if err := <-got; err != nil {
			t.Errorf("in flight: %v", err)
		}
		if err := <-finished; err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if _, err := w.call(simAddr, request(""), time.Second); !errors.Is(err, remoting.ErrConnect) {
			t.Errorf("after: %v", err)
		}
	})
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(after(time.Minute))
		got := make(chan error, 1)
		go func() {
			_, err := w.call(simAddr, request(""), time.Hour)
			got <- err
		}()
		synctest.Wait()
		began := time.Now()
		if err := w.shutdownServer(time.Second); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := <-got; !errors.Is(err, remoting.ErrSendRequest) {
			t.Errorf("the waiting call: %v", err)
		}
		time.Sleep(time.Minute)
	})
}

// TestClientThatNeverReads: its answers pile up to the bound, and then it is cut off; other clients never notice.
func TestClientThatNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		server := remoting.NewServer(remoting.ServerConfig{Addr: simAddr, Network: sim, MaxPending: 1 << 20})
		server.RegisterDefaultProcessor(remoting.ProcessorFunc(echo), nil)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		deaf, err := sim.Dial(context.Background(), simAddr)
		if err != nil {
			t.Fatal(err)
		}
		frame := protocol.AppendFrame(nil, request(strings.Repeat("x", 100<<10)))
		sent := 0
		for ; sent < 1000; sent++ {
			if _, err := deaf.Write(frame); err != nil {
				break
			}
		}
		if sent < 10 || sent == 1000 {
			t.Errorf("cut off after %d requests", sent)
		}
		_ = deaf.Close()
		client := remoting.NewClient(remoting.ClientConfig{Network: sim})
		if _, err := client.InvokeSync(context.Background(), simAddr, request("")); err != nil {
			t.Error(err)
		}
		client.Shutdown()
		_ = server.Shutdown(context.Background())
	})
}

// TestStalledClient: one that stops reading without filling the backlog is cut off when the write makes no progress.
func TestStalledClient(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(echo)
		deaf, err := w.net.Dial(context.Background(), simAddr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deaf.Write(protocol.AppendFrame(nil, request(strings.Repeat("x", 500<<10)))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(remoting.DefaultWriteTimeout + time.Second)
		if n := len(w.server.Channels()); n != 0 {
			t.Errorf("%d channels", n)
		}
		_ = deaf.Close()
	})
}

// journal is a ChannelEventListener that writes down what it hears.
type journal struct {
	mu     sync.Mutex
	events []string
}

func (j *journal) note(event string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, event)
}

func (j *journal) OnConnect(*remoting.Channel)          { j.note("connect") }
func (j *journal) OnClose(*remoting.Channel)            { j.note("close") }
func (j *journal) OnIdle(*remoting.Channel)             { j.note("idle") }
func (j *journal) OnException(*remoting.Channel, error) { j.note("exception") }

func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := strings.Join(j.events, " ")
	j.events = nil
	return all
}

func TestChannelEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		var j journal
		w.server.SetChannelEventListener(&j)
		w.start(echo)
		for _, c := range []struct {
			want string
			end  func()
		}{
			{"connect close", func() { w.client.CloseChannel(simAddr) }},
			{"connect exception close", func() { w.net.Reset(simAddr) }},
			{"connect idle close", func() { // only the server can see that the way is cut
				w.net.SetFault(simAddr, network.Fault{Blackhole: true})
				time.Sleep(5 * time.Minute)
				w.net.SetFault(simAddr, network.Fault{})
			}},
		} {
			if _, err := w.call(simAddr, request(""), time.Second); err != nil {
				t.Fatal(err)
			}
			if n := len(w.server.Channels()); n != 1 {
				t.Fatalf("%d channels", n)
			}
			c.end()
			synctest.Wait()
			if got := j.take(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		}
	})
}

// lingering is a network whose connections are still being closed when their readers have seen the end.
type lingering struct{ network.Network }

func (l lingering) Dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := l.Network.Dial(ctx, addr)
	return &lingeringConn{Conn: conn, ended: make(chan struct{})}, err
}

type lingeringConn struct {
	net.Conn
	ended chan struct{} // closed when a read has failed
}

func (c *lingeringConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		close(c.ended)
	}
	return n, err
}

func (c *lingeringConn) Close() error {
	err := c.Conn.Close()
	<-c.ended
	for range 1000 { // the reader's turn
		runtime.Gosched()
	}
	return err
}

// TestOwnCloseIsNoException: what the reader sees of a close by its own side is not an exception, as at Apache.
func TestOwnCloseIsNoException(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start(echo)
		var j journal
		client := remoting.NewClient(remoting.ClientConfig{Network: lingering{w.net}, Listener: &j, MaxIdle: time.Minute})
		defer client.Shutdown()
		for want, end := range map[string]func(){
			"connect idle close": func() { time.Sleep(2 * time.Minute) },
			"connect close":      func() { client.CloseChannel(simAddr) },
		} {
			if _, err := client.InvokeSync(context.Background(), simAddr, request("")); err != nil {
				t.Fatal(err)
			}
			end()
			synctest.Wait()
			if got := j.take(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}

// TestNoCrossTalk: on 64 connections with many calls each, every answer is the caller's own.
func TestNoCrossTalk(t *testing.T) {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(echo), remoting.NewExecutor("echo", 8, 100_000))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for c := range 64 {
		client := remoting.NewClient(remoting.ClientConfig{CallbackWorkers: 1})
		t.Cleanup(client.Shutdown)
		for g := range 4 {
			wg.Go(func() { callInTurn(t, client, server.Addr().String(), fmt.Sprintf("client %d caller %d", c, g)) })
		}
	}
	wg.Wait()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func callInTurn(t *testing.T, client *remoting.Client, addr, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for i := range 30 {
		body := strings.Repeat(fmt.Sprintf("%s call %d|", name, i), 1+i*i)
		resp, err := client.InvokeSync(ctx, addr, request(body))
		if err != nil || string(resp.Body) != body {
			t.Errorf("%s call %d: %v", name, i, err)
			return
		}
	}
}

func TestBinaryHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		server := remoting.NewServer(remoting.ServerConfig{Addr: simAddr, Network: sim})
		var serialize, code atomic.Int32
		server.RegisterDefaultProcessor(remoting.ProcessorFunc(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			serialize.Store(int32(rc.Request.Serialize))
			code.Store(rc.Request.Code)
			return echo(ctx, rc)
		}), nil)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		client := remoting.NewClient(remoting.ClientConfig{Network: sim, Serialize: protocol.RocketMQ})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		for _, c := range []struct {
			code protocol.RequestCode
			want protocol.SerializeType
		}{{protocol.HeartBeat, protocol.RocketMQ}, {protocol.PopMessage, protocol.JSON}} { // POP's code does not fit 16 bits
			resp, err := client.InvokeSync(ctx, simAddr, protocol.NewRequest(c.code, nil))
			if err != nil || resp.Serialize != protocol.JSON {
				t.Fatalf("a server replies in its own type: %+v, %v", resp, err)
			}
			if serialize.Load() != int32(c.want) || code.Load() != int32(c.code) {
				t.Fatalf("%v arrived as %d in %d", c.code, code.Load(), serialize.Load())
			}
		}
		client.Shutdown()
		_ = server.Shutdown(context.Background())
	})
}

// TestSlowRequestDoesNotKeepOthersWaiting: the reader that processes a request itself is relieved when that takes long.
func TestSlowRequestDoesNotKeepOthersWaiting(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			if len(rc.Request.Body) > 0 {
				return after(time.Minute)(ctx, rc)
			}
			return after(0)(ctx, rc)
		}
		w.start(remoting.ProcessorFunc(slow))
		for range 3 {
			var calls sync.WaitGroup
			calls.Go(func() {
				req := request("")
				req.Body = []byte("slow")
				if _, err := w.call(simAddr, req, time.Hour); err != nil {
					t.Errorf("slow: %v", err)
				}
			})
			synctest.Wait()
			for range 5 {
				began := time.Now()
				if _, err := w.call(simAddr, request(""), time.Hour); err != nil {
					t.Errorf("quick: %v", err)
				}
				if d := time.Since(began); d > 30*time.Millisecond {
					t.Errorf("a quick request took %v", d)
				}
			}
			calls.Wait()
		}
	})
}
