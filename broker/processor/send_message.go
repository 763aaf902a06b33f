package processor

import (
	"context"
	"math/rand/v2"
	"net/netip"
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

// sending is one request on its way through this processor: one allocation for all of its parts.
type sending struct {
	header header.SendMessageRequestHeaderV2
	msg    store.MessageExtBrokerInner
	uniqID string
	// queueID is the one that the producer is told; a delayed message has gone to another.
	queueID int32
	resp    protocol.RemotingCommand
	answer  header.SendMessageResponseHeader
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
	s := new(sending)
	if err := parseRequestHeader(rc.Request, &s.header); err != nil {
		return nil, err
	}
	put := p.sendMessage
	if s.header.Batch {
		put = p.sendBatchMessage
	}
	future, err := put(ctx, rc, s)
	if err != nil {
		return nil, err
	}
	if future.Done() {
		return p.handlePutMessageResult(ctx, s, future.Result())
	}
	later := rc.Suspend()
	future.OnComplete(func(r store.PutMessageResult) { later.Respond(p.handlePutMessageResult(ctx, s, r)) })
	return nil, nil
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
	if s.uniqID, s.msg.PropertiesString = p.added.complete(s.header.Properties); isHalfMessage(&s.msg) {
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
	if s.queueID = h.QueueID; s.queueID < 0 {
		if t.WriteQueueNums < 1 {
			return refuse(protocol.InvalidParameter, "topic[%s] has no queue to write to", h.Topic)
		}
		s.queueID = rand.Int32N(t.WriteQueueNums)
	}
	msg.Topic, msg.QueueID, msg.Body, msg.Flag = h.Topic, s.queueID, rc.Request.Body, h.Flag
	msg.SysFlag = message.SysFlag(h.SysFlag) &^ brokersFlags
	if t.TopicFilterType == body.MultiTag {
		msg.SysFlag |= message.FlagMultiTags
	}
	msg.BornTimestamp, msg.ReconsumeTimes = h.BornTimestamp, h.ReconsumeTimes
	msg.BornHost, msg.StoreHost = rc.Channel.RemoteAddr(), p.cfg.StoreHost
	return nil
}

// brokersFlags are the bits that only a broker may set: they say how the record is laid out.
const brokersFlags = message.FlagBornHostV6 | message.FlagStoreHostV6 | message.FlagNeedUnwrap | message.FlagInnerBatch

// isHalfMessage says whether the message is the first half of a transaction, which this broker does not serve: storing it as
// any other would deliver what was never committed.
func isHalfMessage(msg *store.MessageExtBrokerInner) bool {
	return msg.SysFlag.Transaction() != 0 || property(msg.PropertiesString, message.PropertyTransactionPrepared) == "true"
}

// handlePutMessageResult is the answer to the producer.
//
// Java: SendMessageProcessor#handlePutMessageResult (5.5.0).
func (p *SendMessageProcessor) handlePutMessageResult(ctx context.Context, s *sending, r store.PutMessageResult) (resp *protocol.RemotingCommand, err error) {
	_, step := traceHandlePutMessageResult(ctx, r)
	defer step.End(&err)
	outcome := p.outcomeOf(r.Status)
	if !outcome.stored {
		return nil, protocol.NewResponseError(outcome.code, outcome.remark)
	}
	p.stats.TopicPut(s.msg.Topic, int64(r.AppendResult.MsgNum))
	s.answer = header.SendMessageResponseHeader{
		MsgID: r.AppendResult.MsgID(), QueueID: s.queueID, QueueOffset: r.AppendResult.LogicsOffset, TransactionID: s.uniqID,
	}
	s.resp = *protocol.NewResponse(outcome.code, "")
	s.resp.Header, s.resp.ExtFields = &s.answer, p.fields
	return &s.resp, nil
}
