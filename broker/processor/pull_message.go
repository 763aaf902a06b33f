package processor

import (
	"context"
	"fmt"
	"math"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/filter"
	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// PullConfig is what a [PullMessageProcessor] needs to know of the broker.
type PullConfig struct {
	// BrokerIP1 appears in remarks.
	BrokerIP1 string
	// Permission are the broker's permission bits now.
	Permission func() int32
	// LongPolling holds pulls as long as they ask; otherwise for ShortPolling.
	LongPolling  bool
	ShortPolling time.Duration
	// LitePullEnable serves lite pull consumers; SlaveReadEnable suggests the slave to slow ones.
	LitePullEnable, SlaveReadEnable bool
	Logger                          *zap.Logger
}

// PullStore is where pulls read. *store.DefaultMessageStore is one.
type PullStore interface {
	GetMessage(ctx context.Context, group, topic string, queueID int32, offset int64, maxMsgNums, maxTotalMsgSize int, f store.MessageFilter) (*store.GetMessageResult, error)
	MinOffsetInQueue(topic string, queueID int32) int64
	MaxOffsetInQueue(topic string, queueID int32) int64
}

// Topics are the topics as readers see them. *topic.TopicConfigManager is one.
type Topics interface {
	SelectTopicConfig(topic string) *body.TopicConfig
}

// PullGroups are the consumer groups as pulls see them. *subscription.SubscriptionGroupManager is one.
type PullGroups interface {
	Groups
	GetForbidden(group, topic string) int32
}

// Subscriptions are what consumers told by heartbeat. *session.ConsumerManager has them.
type Subscriptions interface {
	Subscription(group, topic string) (*heartbeat.SubscriptionData, heartbeat.MessageModel, bool)
}

// PullOffsets are the groups' offsets. *offset.ConsumerOffsetManager has them.
type PullOffsets interface {
	CommitOffset(client, group, topic string, queueID int32, off int64)
	CommitPullOffset(group, topic string, queueID int32, off int64)
	QueryThenEraseResetOffset(topic, group string, queueID int32) (int64, bool)
}

// Holder keeps pulls that found nothing. *longpolling.PullRequestHoldService is one.
type Holder interface {
	SuspendPullRequest(r *longpolling.PullRequest)
}

// GetStats count what is served. *stats.Broker does.
type GetStats interface {
	GroupGet(group, topic string, n int64)
}

// PullDeps are what a [PullMessageProcessor] works with.
type PullDeps struct {
	Store         PullStore
	Topics        Topics
	Groups        PullGroups
	Subscriptions Subscriptions
	Offsets       PullOffsets
	Holder        Holder
	Stats         GetStats
	Traffic       *Traffic // nil counts nothing
}

// PullMessageProcessor serves pulls (11, 361), and holds those that find nothing.
//
// Java: broker.processor.PullMessageProcessor (5.5.0).
type PullMessageProcessor struct {
	cfg PullConfig
	PullDeps
}

// NewPullMessageProcessor makes one.
func NewPullMessageProcessor(cfg PullConfig, deps PullDeps) *PullMessageProcessor {
	return &PullMessageProcessor{cfg: cfg, PullDeps: deps}
}

// pulling is one pull being served.
type pulling struct {
	rc     *remoting.RequestContext
	header header.PullMessageRequestHeader
	topic  *body.TopicConfig
	group  *body.SubscriptionGroupConfig
	filter store.MessageFilter
	// maySuspend is false the second time round: a held pull is held only once.
	maySuspend bool
}

// ProcessRequest implements remoting.Processor.
//
// Java: PullMessageProcessor#processRequest (5.5.0).
func (p *PullMessageProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := tracePullProcessRequest(ctx, rc)
	defer step.End(&err)
	return p.pull(ctx, &pulling{rc: rc, maySuspend: true})
}

// pull checks the request, reads the store and answers or holds.
func (p *PullMessageProcessor) pull(ctx context.Context, q *pulling) (*protocol.RemotingCommand, error) {
	if err := q.rc.Request.DecodeHeader(&q.header); err != nil {
		return nil, err
	}
	if err := p.check(q); err != nil {
		return nil, err
	}
	result, err := p.getMessage(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read %s queue %d at %d: %w", q.header.Topic, q.header.QueueID, q.header.QueueOffset, err)
	}
	return p.handle(ctx, q, result)
}

// getMessage reads the store, or obeys an administrator's order to go elsewhere.
func (p *PullMessageProcessor) getMessage(ctx context.Context, q *pulling) (*store.GetMessageResult, error) {
	h := &q.header
	if off, ordered := p.Offsets.QueryThenEraseResetOffset(h.Topic, h.ConsumerGroup, h.QueueID); ordered {
		return &store.GetMessageResult{
			Status: store.OffsetReset, NextBeginOffset: off,
			MinOffset: p.Store.MinOffsetInQueue(h.Topic, h.QueueID), MaxOffset: p.Store.MaxOffsetInQueue(h.Topic, h.QueueID),
		}, nil
	}
	most := int(min(max(h.MaxMsgNums, 1), math.MaxInt16))
	return p.Store.GetMessage(ctx, h.ConsumerGroup, h.Topic, h.QueueID, h.QueueOffset, most, maxPullBytes, q.filter)
}

// maxPullBytes keeps an answer well below the longest frame, whatever the store would give.
const maxPullBytes = protocol.MaxFrameLength / 2

// suspend holds the pull and answers it when it is woken.
func (p *PullMessageProcessor) suspend(ctx context.Context, q *pulling) {
	timeout := p.cfg.ShortPolling
	if p.cfg.LongPolling {
		timeout = time.Duration(min(q.header.SuspendTimeoutMillis, maxSuspendMillis)) * time.Millisecond
	}
	later := q.rc.Suspend()
	step := traceSuspendPullRequest(ctx, timeout)
	p.Holder.SuspendPullRequest(&longpolling.PullRequest{
		Topic: q.header.Topic, QueueID: q.header.QueueID, Offset: q.header.QueueOffset, Filter: q.filter, Timeout: timeout,
		Wake: func(w longpolling.Wakeup) {
			traceWakeup(step, w)
			later.Respond(p.executeRequestWhenWakeup(ctx, q.rc))
		},
	})
}

// maxSuspendMillis bounds what a client may ask for: an hour, far above any real one.
const maxSuspendMillis = 3600_000

// executeRequestWhenWakeup serves a held pull from the start: what it may read can have changed meanwhile. A panic becomes an
// error, as it would in the executor that ran the pull first.
//
// Java: PullMessageProcessor#executeRequestWhenWakeup (5.5.0).
func (p *PullMessageProcessor) executeRequestWhenWakeup(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	defer func() {
		if r := recover(); r != nil {
			resp, err = nil, fmt.Errorf("processor panicked: %v", r)
			observ.Logger(ctx, p.cfg.Logger).Error("held pull panicked", zap.Any("panic", r), zap.Stack("stack"))
		}
	}()
	ctx, step := traceExecuteRequestWhenWakeup(ctx)
	defer step.End(&err)
	return p.pull(ctx, &pulling{rc: rc})
}

// tagFilter is the filter of a subscription by tags.
func tagFilter(s *heartbeat.SubscriptionData) store.MessageFilter {
	return filter.TagFilter{Subscription: s}
}
