package clustertest

import (
	"context"
	"strings"
	"sync"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// Sent is one message, or batch, that reached a broker.
type Sent struct {
	header.SendMessageRequestHeaderV2
	Code   protocol.RequestCode
	Oneway bool
	Body   []byte
	Ext    protocol.ExtFields
}

// Answer is what a broker does with a message: the n-th that it got, counted from 0. A nil response and error is silence.
type Answer func(n int, s *Sent) (*protocol.RemotingCommand, error)

// Script answers some requests of a code in place of the broker: the n-th that came, counted from 0. A nil response and error leaves
// the request to the broker.
type Script func(n int, rc *remoting.RequestContext) (*protocol.RemotingCommand, error)

// Broker answers sends by its script, heartbeats and UNREGISTER_CLIENT with success, and other codes by Handle. Safe for concurrent
// use.
type Broker struct {
	Name   string
	server *remoting.Server

	mu       sync.Mutex // owns all below
	answer   Answer
	handlers map[protocol.RequestCode]remoting.Processor
	scripts  map[protocol.RequestCode]Script
	sent     []Sent
	discard  bool
	requests map[protocol.RequestCode]int
	bodies   map[protocol.RequestCode][]byte
	refusals int
}

// Addr is the broker's address.
func (b *Broker) Addr() string { return b.server.Addr().String() }

// Stop takes the broker down.
func (b *Broker) Stop() { _ = b.server.Shutdown(context.Background()) }

// Answers sets what happens to messages from now on.
func (b *Broker) Answers(a Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = a
}

// Handle answers requests of a code.
func (b *Broker) Handle(code protocol.RequestCode, p remoting.Processor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.handlers == nil {
		b.handlers = map[protocol.RequestCode]remoting.Processor{}
	}
	b.handlers[code] = p
}

// Script sets what happens to requests of a code before anything else; nil: nothing more.
func (b *Broker) Script(code protocol.RequestCode, s Script) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.scripts == nil {
		b.scripts = map[protocol.RequestCode]Script{}
	}
	b.scripts[code] = s
}

// Discard stops the broker from remembering messages, for benchmarks.
func (b *Broker) Discard() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.discard = true
}

// Sent are the messages that arrived, in order.
func (b *Broker) Sent() []Sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Sent(nil), b.sent...)
}

// Requests is how many requests of a code arrived, and the body of the last.
func (b *Broker) Requests(code protocol.RequestCode) (n int, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests[code], b.bodies[code]
}

// Refusals is how many requests said that their traces are not recorded.
func (b *Broker) Refusals() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refusals
}

// Push sends a one-way request to every client connected.
func (b *Broker) Push(ctx context.Context, code protocol.RequestCode, h protocol.CustomHeader, body []byte) {
	for _, ch := range b.server.Channels() {
		req := protocol.NewRequest(code, h)
		req.Body = body
		_ = b.server.InvokeOneway(ctx, ch, req)
	}
}

// Ask sends a request to the client connected, of which there must be one.
func (b *Broker) Ask(ctx context.Context, code protocol.RequestCode, h protocol.CustomHeader, body []byte) (*protocol.RemotingCommand, error) {
	req := protocol.NewRequest(code, h)
	req.Body = body
	return b.server.InvokeSync(ctx, b.server.Channels()[0], req)
}

// ProcessRequest implements remoting.Processor.
func (b *Broker) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	code := protocol.RequestCode(rc.Request.Code)
	b.mu.Lock()
	if b.requests == nil {
		b.requests, b.bodies = map[protocol.RequestCode]int{}, map[protocol.RequestCode][]byte{}
	}
	n := b.requests[code]
	b.requests[code]++
	b.bodies[code] = rc.Request.Body
	if observ.IsRefusal(rc.Request.ExtFields.Get(observ.TraceParent)) {
		b.refusals++
	}
	script, handler := b.scripts[code], b.handlers[code]
	b.mu.Unlock()
	if script != nil {
		if resp, err := script(n, rc); resp != nil || err != nil {
			return resp, err
		}
	}
	switch {
	case handler != nil:
		return handler.ProcessRequest(ctx, rc)
	case code == protocol.SendMessageV2, code == protocol.SendBatchMessage:
		return b.sendMessage(rc.Request)
	case code == protocol.HeartBeat, code == protocol.UnregisterClient:
		return protocol.NewResponse(protocol.Success, ""), nil
	}
	return nil, protocol.NewResponseError(protocol.RequestCodeNotSupported, "request type not supported")
}

func (b *Broker) sendMessage(req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	s := Sent{Code: protocol.RequestCode(req.Code), Oneway: req.IsOneway(), Body: req.Body, Ext: req.ExtFields}
	if err := req.DecodeHeader(&s.SendMessageRequestHeaderV2); err != nil {
		return nil, err
	}
	b.mu.Lock()
	n, answer := len(b.sent), b.answer
	if !b.discard {
		b.sent = append(b.sent, s)
	}
	b.mu.Unlock()
	return answer(n, &s)
}

// Stored is the answer of a broker that is well.
func Stored(n int, s *Sent) (*protocol.RemotingCommand, error) {
	return StoredAs(protocol.Success)(n, s)
}

// StoredAs stores every message, with one of the codes that say so.
func StoredAs(code protocol.ResponseCode) Answer {
	return func(n int, s *Sent) (*protocol.RemotingCommand, error) {
		id := message.ParseProperties(s.Properties).Get(message.PropertyUniqClientMessageIDKeyIdx)
		resp := protocol.NewResponse(code, "")
		resp.Header = &header.SendMessageResponseHeader{
			MsgID: strings.Repeat("0", 32), QueueID: s.QueueID, QueueOffset: int64(n), TransactionID: id,
		}
		return resp, nil
	}
}

// Refused is the answer of a broker that does not want the message.
func Refused(code protocol.ResponseCode, remark string) Answer {
	return func(int, *Sent) (*protocol.RemotingCommand, error) {
		return nil, protocol.NewResponseError(code, remark)
	}
}

// Silent is a broker that never answers.
func Silent(int, *Sent) (*protocol.RemotingCommand, error) { return nil, nil }

// Refuse is a Script that refuses every request.
func Refuse(code protocol.ResponseCode, remark string) Script {
	return func(int, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		return nil, protocol.NewResponseError(code, remark)
	}
}

// RefuseFirst is a Script that refuses the first times requests of the broker's life.
func RefuseFirst(times int, code protocol.ResponseCode) Script {
	return func(n int, _ *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		if n < times {
			return nil, protocol.NewResponseError(code, "not now")
		}
		return nil, nil
	}
}
