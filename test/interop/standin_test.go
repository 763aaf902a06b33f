//go:build interop

package interop

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// standIn is a name server and brokers, each on a port of its own. They serve what a producer asks for; answers may be left out or
// held back.
type standIn struct {
	recorder *spantest.Recorder
	addr     string            // of the name server
	brokers  map[string]string // addresses by name

	mu       sync.Mutex
	arrivals []arrival
	route    *route.TopicRouteData                         // of every topic
	onSend   func(n int, rc *remoting.RequestContext) bool // of the n-th message, from 1 on: false leaves it unanswered; nil answers
	answer   func(n int) protocol.ResponseCode             // to the n-th message; nil: success
	sends    int
	held     []func() // the answers that wait for release; nil: none are held back
}

// arrival is a request that came.
type arrival struct {
	code   protocol.RequestCode
	from   string // the client's end of the connection
	when   time.Time
	oneway bool
	fields protocol.ExtFields
	body   []byte
	ch     *remoting.Channel
	server *remoting.Server
}

// newStandIn has the brokers named, or one; each has four queues of every topic.
func newStandIn(t *testing.T, names ...string) *standIn {
	if len(names) == 0 {
		names = []string{"stand-in"}
	}
	s := &standIn{recorder: spantest.NewRecorder(), brokers: map[string]string{}, route: &route.TopicRouteData{}}
	s.addr = s.listen(t, "namesrv")
	for _, name := range names {
		s.brokers[name] = s.listen(t, name)
		s.route.QueueDatas = append(s.route.QueueDatas, route.QueueData{BrokerName: name, ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6})
		s.route.BrokerDatas = append(s.route.BrokerDatas,
			route.BrokerData{Cluster: "c", BrokerName: name, BrokerAddrs: map[int64]string{0: s.brokers[name]}})
	}
	return s
}

func (s *standIn) listen(t *testing.T, service string) string {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0", Component: observ.NewComponent(s.recorder.Provider(service))})
	serve := func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		return s.serve(server, rc)
	}
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(serve), remoting.NewExecutor("stand-in", 8, 100))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ctx) // unanswered requests keep it waiting
	})
	return server.Addr().String()
}

func (s *standIn) serve(server *remoting.Server, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	n, onSend := s.arrived(server, rc)
	resp := protocol.NewResponse(protocol.Success, "")
	switch protocol.RequestCode(rc.Request.Code) {
	case protocol.GetRouteInfoByTopic:
		resp.Body = s.route.EncodeStandard()
	case protocol.SendMessageV2:
		if onSend != nil && !onSend(n, rc) {
			rc.Suspend()
			return nil, nil
		}
		if s.answer != nil {
			resp.Code = int32(s.answer(n))
		}
		resp.Header = &header.SendMessageResponseHeader{MsgID: "7F00000100002A9F0000000000000000", TransactionID: "7F000001"}
		if s.holdBack(rc, resp) {
			return nil, nil
		}
	}
	return resp, nil
}

// arrived writes a request down, and numbers messages.
func (s *standIn) arrived(server *remoting.Server, rc *remoting.RequestContext) (int, func(int, *remoting.RequestContext) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := protocol.RequestCode(rc.Request.Code)
	s.arrivals = append(s.arrivals, arrival{
		code, rc.Channel.String(), rc.ReceivedAt, rc.Request.IsOneway(), slices.Clone(rc.Request.ExtFields), slices.Clone(rc.Request.Body), rc.Channel, server,
	})
	if code == protocol.SendMessageV2 {
		s.sends++
	}
	return s.sends, s.onSend
}

// hold has answers to messages wait for release.
func (s *standIn) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = []func(){}
}

func (s *standIn) holdBack(rc *remoting.RequestContext, resp *protocol.RemotingCommand) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || rc.Request.IsOneway() {
		return false
	}
	later := rc.Suspend()
	s.held = append(s.held, func() { later.Respond(resp, nil) })
	return true
}

// release waits until n answers are held back, gives them, the latest first, and holds back no more.
func (s *standIn) release(t *testing.T, n int) {
	t.Helper()
	var held []func()
	eventually(t, "the answers to hold back", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if held = s.held; len(held) < n {
			return false
		}
		s.held = nil
		return true
	})
	for _, answer := range slices.Backward(held) {
		answer()
	}
}

// of are the arrivals of some codes so far; without codes, all.
func (s *standIn) of(codes ...protocol.RequestCode) []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.arrivals), func(a arrival) bool { return len(codes) > 0 && !slices.Contains(codes, a.code) })
}
