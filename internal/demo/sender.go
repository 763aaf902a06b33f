package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/message"
)

// The ways to send that the control bar offers.
const (
	modeSync     = "sync"
	modeAsync    = "async"
	modeOneway   = "oneway"
	modeNewTopic = "newtopic"
	modeBatch    = "batch"
	modeQueue    = "queue"
)

// sendDeadline bounds a send, all attempts together.
const sendDeadline = 5 * time.Second

// batchSize is how many messages a batch has.
const batchSize = 5

// sender performs what the site's control bar asks for. It implements site.Sender.
type sender struct {
	// fresh makes and starts a producer that knows the routes of topics.
	fresh    func(ctx context.Context, name string, topics ...string) (*producer.Producer, error)
	producer atomic.Pointer[producer.Producer]
	lives    atomic.Int64 // producers so far
	count    atomic.Int64 // messages so far
	topics   atomic.Int64 // unknown topics so far
}

// renew replaces the producer by one that has just asked for the routes; the first one has not.
func (s *sender) renew(ctx context.Context) error {
	name, topics := serviceProducer, []string(nil)
	if n := s.lives.Add(1); n > 1 {
		name, topics = fmt.Sprintf("%s-%d", serviceProducer, n), []string{Topic}
	}
	next, err := s.fresh(ctx, name, topics...)
	if err != nil {
		return err
	}
	if old := s.producer.Swap(next); old != nil {
		return old.Shutdown(ctx) //nolint:wrapcheck // it names itself
	}
	return nil
}

// knows says whether the producer's route has all brokers.
func (s *sender) knows(ctx context.Context, brokers int) bool {
	list, err := s.producer.Load().FetchPublishMessageQueues(ctx, Topic)
	return err == nil && len(list) == queues*brokers
}

func (s *sender) close(ctx context.Context) error {
	return s.producer.Load().Shutdown(ctx) //nolint:wrapcheck // it names itself
}

// Modes are the buttons.
func (s *sender) Modes() []site.Mode {
	return []site.Mode{
		{
			ID: modeSync, Label: catalog.Text{EN: "Sync", ZH: "同步"},
			Look: catalog.Text{
				EN: "the broker's bars lie inside the producer's: the caller waited for the answer. The route was cached, so the name server is not in the trace.",
				ZH: "Broker 的时间条在生产者的里面：调用方等到了应答。路由已有缓存，所以名称服务器不在这条调用链里。",
			},
		},
		{
			ID: modeAsync, Label: catalog.Text{EN: "Async", ZH: "异步"},
			Look: catalog.Text{
				EN: "the event send.returned on the send's bar: there the caller went on. The span itself ends in the callback.",
				ZH: "发送那一条上的事件 send.returned：调用方在那里就往下走了，span 自己到回调才结束。",
			},
		},
		{
			ID: modeOneway, Label: catalog.Text{EN: "One-way", ZH: "单向"},
			Look: catalog.Text{
				EN: "no event response.matched on the request's bar: it ends when its bytes are written, however long the broker works, and nobody would know of a failure.",
				ZH: "请求那一条上没有事件 response.matched：字节写完它就结束，不管 Broker 要忙多久，失败了也没有人知道。",
			},
		},
		{
			ID: modeBatch, Label: catalog.Text{EN: "Batch", ZH: "批量"},
			Look: catalog.Text{
				EN: "five messages, one request, one record each on disk: the batch has one send and five times the work in the broker.",
				ZH: "五条消息，一个请求，磁盘上各一条记录：一批只发一次，Broker 的工作是五倍。",
			},
		},
		{
			ID: modeQueue, Label: catalog.Text{EN: "To one queue", ZH: "指定队列"},
			Look: catalog.Text{
				EN: "no queue is chosen by turns: the key decides, the same for the same key. Such a send is not tried again elsewhere.",
				ZH: "队列不是轮流选的：由 key 决定，同一个 key 总到同一个队列。这样的发送失败了不会换别处再试。",
			},
		},
		{
			ID: modeNewTopic, Label: catalog.Text{EN: "Unknown topic", ZH: "未知主题"},
			Look: catalog.Text{
				EN: "two questions to the name server: for the topic, which nobody has, and then for TBW102, the template. The broker makes the topic when the message arrives.",
				ZH: "问了名称服务器两次：先问谁都没有的这个主题，再问模板 TBW102。消息到了，Broker 才建这个主题。",
			},
		},
	}
}

// Send sends one message and returns its trace's id. For an async send it waits for the callback, so that an error is known.
func (s *sender) Send(ctx context.Context, mode string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendDeadline)
	defer cancel()
	found := &captured{}
	ctx = context.WithValue(ctx, captureKey{}, found)
	err := s.send(ctx, mode)
	id := found.id.Load()
	if id == nil {
		return "", err
	}
	return id.String(), err
}

func (s *sender) send(ctx context.Context, mode string) error {
	n := s.count.Add(1)
	msg := greeting(n)
	p := s.producer.Load()
	switch mode {
	case modeBatch:
		batch := make([]*message.Message, batchSize)
		for i := range batch {
			batch[i] = greeting(n)
		}
		_, err := p.SendBatch(ctx, batch)
		return err //nolint:wrapcheck // the producer says it all
	case modeQueue:
		_, err := p.SendSelect(ctx, msg, producer.SelectByHash(orderKey))
		return err //nolint:wrapcheck // the producer says it all
	case modeNewTopic:
		msg.Topic = fmt.Sprintf("Unheard-of-%d", s.topics.Add(1))
	}
	return s.deliver(ctx, mode, msg)
}

// deliver sends a message in one of the producer's three ways; sync unless mode names another.
func (s *sender) deliver(ctx context.Context, mode string, msg *message.Message) error {
	p := s.producer.Load()
	switch mode {
	case modeAsync:
		done := make(chan error, 1)
		p.SendAsync(ctx, msg, func(_ *producer.SendResult, err error) { done <- err })
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the deadline is ours
		}
	case modeOneway:
		return p.SendOneway(ctx, msg) //nolint:wrapcheck // the producer says it all
	default:
		_, err := p.Send(ctx, msg)
		return err //nolint:wrapcheck // the producer says it all
	}
}

// orderKey is the key whose messages all go to one queue.
const orderKey = "order-42"

func greeting(n int64) *message.Message {
	msg := message.New(Topic, fmt.Appendf(nil, "Hello from Plume, number %d", n))
	msg.SetTags("demo")
	msg.SetKeys(fmt.Sprintf("hello-%d", n))
	return msg
}

type captureKey struct{}

// captured receives the trace id of the first span that starts under a context.
type captured struct{ id atomic.Pointer[trace.TraceID] }

// capturer is a span processor that tells a caller which trace its call began, which the producer's API rightly does not.
type capturer struct{}

// OnStart notes the trace of the first span under a context that asks for it.
func (capturer) OnStart(parent context.Context, s sdktrace.ReadWriteSpan) {
	if c, ok := parent.Value(captureKey{}).(*captured); ok {
		id := s.SpanContext().TraceID()
		c.id.CompareAndSwap(nil, &id)
	}
}

// OnEnd does nothing.
func (capturer) OnEnd(sdktrace.ReadOnlySpan) {}

// Shutdown does nothing.
func (capturer) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (capturer) ForceFlush(context.Context) error { return nil }
