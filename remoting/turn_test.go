package remoting_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// gathering leaves the answers of requests that others follow to the end, and notes what happens.
type gathering struct {
	mu     sync.Mutex
	events []string
	left   []func()
}

func (g *gathering) note(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.events = append(g.events, fmt.Sprintf(format, args...))
}

func (g *gathering) noted() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.events, " ")
}

// ProcessRequest implements remoting.Processor. A request whose body is "slow" takes a minute.
func (g *gathering) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	body := string(rc.Request.Body)
	rc.Recycle(func() { g.note("free:%s", body) })
	if body == "slow" {
		time.Sleep(time.Minute)
	}
	if !rc.Followed() {
		g.note("last:%s", body)
		return echo(ctx, rc)
	}
	g.note("%s", body)
	later := rc.Suspend()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = append(g.left, func() {
		resp := protocol.NewResponse(protocol.Success, "")
		resp.Body = []byte(body)
		later.Respond(resp, nil)
	})
	return nil, nil
}

func (g *gathering) finish() {
	g.mu.Lock()
	left := g.left
	g.left = nil
	g.mu.Unlock()
	if len(left) > 0 {
		g.note("finish")
	}
	for _, answer := range left {
		answer()
	}
}

// gather starts a server that gathers heartbeats and answers everything else at once, and connects to it.
func (w *world) gather() (*gathering, net.Conn) {
	w.Helper()
	g, x := &gathering{}, remoting.NewExecutor("gathering", 2, 100)
	x.Gather(g.finish)
	w.server.RegisterProcessor(protocol.HeartBeat, g, x)
	w.start(func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		g.note("other:%s", rc.Request.Body)
		resp, err := echo(ctx, rc)
		switch string(rc.Request.Body) {
		case "/slow":
			time.Sleep(time.Minute)
		case "/large":
			resp.Body = make([]byte, 100<<10)
		}
		return resp, err
	})
	conn, err := w.net.Dial(w.Context(), simAddr)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close() })
	return g, conn
}

// sendTogether writes requests at once: their bodies are the words, and one that begins with / is of another code.
func (w *world) sendTogether(conn net.Conn, words ...string) {
	w.Helper()
	var stream []byte
	for i, word := range words {
		req := request(word)
		if strings.HasPrefix(word, "/") {
			req.Code = int32(protocol.PullMessage)
		}
		req.Opaque = int32(i)
		stream = protocol.AppendFrame(stream, req)
	}
	if _, err := conn.Write(stream); err != nil {
		w.Fatal(err)
	}
}

// answers are the bodies of the next n answers, in order of their requests.
func (w *world) answers(conn net.Conn, n int) string {
	w.Helper()
	bodies := make([]string, n)
	for range n {
		resp := readFrame(w.T, conn)
		if bodies[resp.Opaque] != "" {
			w.Errorf("request %d was answered twice", resp.Opaque)
		}
		bodies[resp.Opaque] = string(resp.Body)
	}
	return strings.Join(bodies, " ")
}

func TestRequestsThatCameTogetherAreFinishedTogether(t *testing.T) {
	for _, c := range []struct{ sent, events string }{
		{"a", "last:a free:a"},
		{"a b c", "a b last:c finish free:c free:a free:b"},
		{"a b /c", "a b finish free:a free:b other:/c"},
		{"/a b c", "other:/a b last:c finish free:c free:b"},
	} {
		inWorld(t, func(w *world) {
			g, conn := w.gather()
			w.sendTogether(conn, strings.Fields(c.sent)...)
			if got := w.answers(conn, len(strings.Fields(c.sent))); got != c.sent {
				t.Errorf("%s: answers %s", c.sent, got)
			}
			synctest.Wait()
			if got := g.noted(); sorted(got, "free") != sorted(c.events, "free") {
				t.Errorf("%s:\n got %s\nwant %s", c.sent, got, c.events)
			}
			_ = conn.Close()
		})
	}
}

// sorted is a list of words with those that begin with prefix at its end, in order: when those happen is not certain.
func sorted(list, prefix string) string {
	var front, back []string
	for _, word := range strings.Fields(list) {
		if strings.HasPrefix(word, prefix) {
			back = append(back, word)
		} else {
			front = append(front, word)
		}
	}
	slices.Sort(back)
	return strings.Join(append(front, back...), " ")
}

// TestLongTurnIsFinishedNowAndThen: what many requests left to be done does not wait for the last of them.
func TestLongTurnIsFinishedNowAndThen(t *testing.T) {
	inWorld(t, func(w *world) {
		g, conn := w.gather()
		words := make([]string, 100)
		for i := range words {
			words[i] = "w"
		}
		w.sendTogether(conn, words...)
		w.answers(conn, len(words))
		if n := strings.Count(g.noted(), "finish"); n < 3 || n > 30 {
			t.Errorf("finished %d times: %s", n, g.noted())
		}
		_ = conn.Close()
	})
}

// TestSlowRequestDoesNotKeepItsTurnWaiting: those before it are finished, those behind it are processed.
func TestSlowRequestDoesNotKeepItsTurnWaiting(t *testing.T) {
	inWorld(t, func(w *world) {
		g, conn := w.gather()
		began := time.Now()
		w.sendTogether(conn, "a", "slow", "b", "/c")
		for range 3 {
			if resp := readFrame(w.T, conn); string(resp.Body) == "slow" || time.Since(began) > 50*time.Millisecond {
				t.Errorf("%s after %v; %s", resp.Body, time.Since(began), g.noted())
			}
		}
		if resp := readFrame(w.T, conn); string(resp.Body) != "slow" || time.Since(began) < time.Minute {
			t.Errorf("%s after %v", resp.Body, time.Since(began))
		}
		_ = conn.Close()
	})
}

// TestLargeAnswersAreNotHeld: small ones wait for those behind them in their turn, until the relief looks.
func TestLargeAnswersAreNotHeld(t *testing.T) {
	inWorld(t, func(w *world) {
		_, conn := w.gather()
		began := time.Now()
		w.sendTogether(conn, "/a", "/large", "/b", "/slow")
		for i, want := range []int{0, 1, 2, 3} {
			resp, took := readFrame(w.T, conn), time.Since(began)
			if resp.Opaque != int32(want) || i < 2 && took != 0 || i == 2 && took > 50*time.Millisecond {
				t.Errorf("answer %d is to request %d, after %v", i, resp.Opaque, took)
			}
		}
		_ = conn.Close()
	})
}

// TestTurnEndsWithoutAnotherRequest: what came before a frame that is no request is finished.
func TestTurnEndsWithoutAnotherRequest(t *testing.T) {
	stray := protocol.NewResponse(protocol.Success, "")
	for name, frame := range map[string][]byte{
		"response": protocol.AppendFrame(nil, stray), "unknown encoding": {0, 0, 0, 5, 9, 0, 0, 1, 1},
	} {
		inWorld(t, func(w *world) {
			g, conn := w.gather()
			if _, err := conn.Write(append(protocol.AppendFrame(nil, request("a")), frame...)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := g.noted(); !strings.HasPrefix(got, "a finish") {
				t.Errorf("%s: got %s", name, got)
			}
			_ = conn.Close()
		})
	}
}
