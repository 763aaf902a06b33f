package processor

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// SendConfig is what a [SendMessageProcessor] needs to know of the broker.
type SendConfig struct {
	ClusterName, RegionID string
	TraceOn               bool
	// BrokerIP1 appears in remarks; StoreHost in every stored message.
	BrokerIP1 string
	StoreHost netip.AddrPort
	// MaxMessageSize appears in a remark; the store enforces it.
	MaxMessageSize int
	// AcceptFrom is when sends are first taken.
	AcceptFrom time.Time
	// Traffic counts what is stored; nil counts nothing.
	Traffic *Traffic
	// Permission are the broker's permission bits now.
	Permission func() int32
	Clock      clock.Clock
}

// MessageStore is where sends go.
type MessageStore interface {
	AsyncPutMessage(ctx context.Context, msg *store.MessageExtBrokerInner) store.PutFuture
	AsyncPutMessages(ctx context.Context, batch *store.MessageExtBatch) store.PutFuture
	LookMessageByOffset(offset int64) (*message.MessageExt, error)
	DiskUsedRatio() (float64, error)
}

// SendTopics are the topics as sends see them. *topic.TopicConfigManager is one.
type SendTopics interface {
	SelectTopicConfig(topic string) *body.TopicConfig
	CreateTopicInSendMessageMethod(ctx context.Context, topic, defaultTopic string, queues, sysFlag int32) (*body.TopicConfig, error)
	CreateTopicInSendMessageBackMethod(ctx context.Context, topic string, queues, perm int32, order bool, sysFlag int32) (*body.TopicConfig, error)
}

// Groups are the consumer groups. *subscription.SubscriptionGroupManager is one.
type Groups interface {
	FindSubscriptionGroupConfig(group string) (*body.SubscriptionGroupConfig, error)
}

// OrderLocks tell whether a group consumes in order now. *rebalance.LockManager does.
type OrderLocks interface{ LockAllExpired(group string) bool }

// PutStats count what is stored. *stats.Broker does.
type PutStats interface{ TopicPut(topic string, n int64) }

// SendMessageProcessor stores what producers send (10, 310, 320) and what consumers send back (36).
//
// Java: broker.processor.SendMessageProcessor (5.5.0).
type SendMessageProcessor struct {
	cfg    SendConfig
	store  MessageStore
	topics SendTopics
	groups Groups
	locks  OrderLocks
	stats  PutStats

	added  addedProperties
	calls  sync.Pool          // of *sending
	fields protocol.ExtFields // of every answer; read only
}

// NewSendMessageProcessor makes one.
func NewSendMessageProcessor(cfg SendConfig, s MessageStore, topics SendTopics, groups Groups, locks OrderLocks, stats PutStats) *SendMessageProcessor {
	added := newAddedProperties(cfg)
	return &SendMessageProcessor{
		cfg: cfg, store: s, topics: topics, groups: groups, locks: locks, stats: stats, added: added,
		fields: protocol.ExtFields{
			{Key: message.PropertyMsgRegion, Value: added.region}, {Key: message.PropertyTraceSwitch, Value: added.traceOn},
		},
	}
}

// sending is what a call works with, in one piece of memory: the request's header, the message made of it, and the answer. It serves
// another call once the answer is written.
type sending struct {
	ctx    context.Context
	header header.SendMessageRequestHeaderV2
	msg    store.MessageExtBrokerInner
	answer answering
	future store.PutFuture
	later  *remoting.Responder // of a put that is not done yet

	stored  func(store.PutMessageResult) // answers later
	release func()                       // has the memory used again
}

// answering is what an answer says, and what it takes to write it.
type answering struct {
	kind   messageType
	uniqID string
	// queueID is the one that the producer is told; a delayed message has gone to another.
	queueID int32
	resp    protocol.RemotingCommand
	header  header.SendMessageResponseHeader
}

// acquire is what a call of rc's works with, until rc is answered.
func (p *SendMessageProcessor) acquire(ctx context.Context, rc *remoting.RequestContext) *sending {
	s, ok := p.calls.Get().(*sending)
	if !ok {
		s = new(sending)
		s.stored = func(r store.PutMessageResult) { s.later.Respond(p.handlePutMessageResult(s.ctx, s, r)) }
		s.release = func() { p.release(s) }
	}
	s.ctx = ctx
	rc.Recycle(s.release)
	return s
}

func (p *SendMessageProcessor) release(s *sending) {
	s.future.Release()
	*s = sending{stored: s.stored, release: s.release}
	p.calls.Put(s)
}

// ProcessRequest implements remoting.Processor.
//
// Java: SendMessageProcessor#processRequest (5.5.0).
func (p *SendMessageProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceSendProcessRequest(ctx, rc)
	defer step.End(&err)
	if protocol.RequestCode(rc.Request.Code) == protocol.ConsumerSendMsgBack {
		return p.consumerSendMsgBack(ctx, rc)
	}
	s := p.acquire(ctx, rc)
	if err := parseRequestHeader(rc.Request, &s.header); err != nil {
		return nil, err
	}
	put := p.sendMessage
	if s.header.Batch {
		put = p.sendBatchMessage
	}
	if s.future, err = put(ctx, rc, s); err != nil {
		return nil, p.withFields(err)
	}
	if s.future.Done() {
		return p.handlePutMessageResult(ctx, s, s.future.Result())
	}
	s.later = rc.Suspend()
	s.future.OnComplete(s.stored)
	return nil, nil
}

// withFields gives a refusal the fields that every answer to a send has.
func (p *SendMessageProcessor) withFields(err error) error {
	if refused, ok := errors.AsType[*protocol.ResponseError](err); ok {
		refused.ExtFields = p.fields
	}
	return err
}

// parseRequestHeader reads the header under its short names or, with SEND_MESSAGE, its long ones.
//
// Java: remoting.protocol.header.SendMessageRequestHeader#parseRequestHeader (5.5.0).
func parseRequestHeader(req *protocol.RemotingCommand, h *header.SendMessageRequestHeaderV2) error {
	if protocol.RequestCode(req.Code) != protocol.SendMessage {
		return req.DecodeHeader(h)
	}
	var long header.SendMessageRequestHeader
	if err := req.DecodeHeader(&long); err != nil {
		return err
	}
	*h = header.SendMessageRequestHeaderV2{
		ProducerGroup: long.ProducerGroup, Topic: long.Topic, DefaultTopic: long.DefaultTopic,
		DefaultTopicQueueNums: long.DefaultTopicQueueNums, QueueID: long.QueueID, SysFlag: long.SysFlag,
		BornTimestamp: long.BornTimestamp, Flag: long.Flag, Properties: long.Properties, ReconsumeTimes: long.ReconsumeTimes,
		UnitMode: long.UnitMode, MaxReconsumeTimes: long.MaxReconsumeTimes, Batch: long.Batch, BrokerName: long.BrokerName,
	}
	return nil
}

// sendMessage checks one message and hands it to the store.
//
// Java: SendMessageProcessor#sendMessage (5.5.0).
func (p *SendMessageProcessor) sendMessage(ctx context.Context, rc *remoting.RequestContext, s *sending) (future store.PutFuture, err error) {
	ctx, step := traceSendMessage(ctx, &s.header)
	defer step.End(&err)
	topicConfig, err := p.preSend(ctx, rc, &s.header)
	if err != nil {
		return future, err
	}
	if err := p.fillMessage(rc, s, topicConfig); err != nil {
		return future, err
	}
	found, properties := p.added.complete(s.header.Properties)
	s.answer.uniqID, s.answer.kind = found.uniqID, found.kind
	s.msg.PropertiesString, s.msg.Undelayed = properties, !found.delayed
	if found.kind == typeTransaction || s.msg.SysFlag.Transaction() != 0 {
		// the first half of a transaction, which this broker does not serve: storing it would deliver what was never committed
		return future, refuse(protocol.NoPermission, "the broker[%s] sending transaction message is forbidden", p.cfg.BrokerIP1)
	}
	if message.IsRetryTopic(s.header.Topic) {
		if err := p.handleRetryAndDLQ(ctx, rc, s); err != nil {
			return future, err
		}
	}
	return p.store.AsyncPutMessage(ctx, &s.msg), nil
}

// fillMessage copies the header into the message to be stored.
func (p *SendMessageProcessor) fillMessage(rc *remoting.RequestContext, s *sending, t *body.TopicConfig) error {
	if rc.Request.Body == nil {
		return protocol.NewResponseError(protocol.MessageIllegal, p.illegalMessage())
	}
	h, msg := &s.header, &s.msg
	queueID := h.QueueID
	if queueID < 0 {
		if t.WriteQueueNums < 1 {
			return refuse(protocol.InvalidParameter, "topic[%s] has no queue to write to", h.Topic)
		}
		queueID = rand.Int32N(t.WriteQueueNums)
	}
	s.answer.queueID = queueID
	msg.Topic, msg.QueueID, msg.Body, msg.Flag = h.Topic, queueID, rc.Request.Body, h.Flag
	msg.SysFlag = message.SysFlag(h.SysFlag) &^ brokersFlags
	if t.TopicFilterType == body.MultiTag {
		msg.SysFlag |= message.FlagMultiTags
	}
	msg.BornTimestamp, msg.ReconsumeTimes = h.BornTimestamp, h.ReconsumeTimes
	msg.BornHost, msg.StoreHost = rc.Channel.RemoteAddr(), p.cfg.StoreHost
	msg.Followed = rc.Followed()
	return nil
}

// brokersFlags are the bits that only a broker may set: they say how the record is laid out.
const brokersFlags = message.FlagBornHostV6 | message.FlagStoreHostV6 | message.FlagNeedUnwrap | message.FlagInnerBatch

// handlePutMessageResult is the answer to the producer.
//
// Java: SendMessageProcessor#handlePutMessageResult (5.5.0).
func (p *SendMessageProcessor) handlePutMessageResult(ctx context.Context, s *sending, r store.PutMessageResult) (resp *protocol.RemotingCommand, err error) {
	_, step := traceHandlePutMessageResult(ctx, r)
	defer step.End(&err)
	outcome := p.outcomeOf(r.Status)
	if !outcome.stored {
		return nil, p.withFields(protocol.NewResponseError(outcome.code, outcome.remark))
	}
	answer := &s.answer
	p.stats.TopicPut(s.msg.Topic, int64(r.AppendResult.MsgNum))
	p.cfg.Traffic.put(ctx, s.msg.Topic, answer.kind, r.AppendResult)
	answer.header = header.SendMessageResponseHeader{
		MsgID: r.AppendResult.MsgID(), QueueID: answer.queueID, QueueOffset: r.AppendResult.LogicsOffset, TransactionID: answer.uniqID,
	}
	answer.resp = *protocol.NewResponse(outcome.code, "")
	answer.resp.Header, answer.resp.ExtFields = &answer.header, p.fields
	return &answer.resp, nil
}
