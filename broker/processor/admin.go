package processor

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// AdminTopics are the topics as administrators see them. *topic.TopicConfigManager is one.
type AdminTopics interface {
	Topics
	UpdateTopicConfig(ctx context.Context, t *body.TopicConfig) error
	DeleteTopicConfig(topic string) (bool, error)
	IsSystemTopic(topic string) bool
	Snapshot() (map[string]*body.TopicConfig, body.DataVersion)
}

// AdminGroups are the groups as administrators see them. *subscription.SubscriptionGroupManager is one.
type AdminGroups interface {
	Groups
	Contains(group string) bool
	UpdateSubscriptionGroupConfig(g body.SubscriptionGroupConfig) error
	DeleteSubscriptionGroupConfig(group string) error
	Snapshot() *body.SubscriptionGroupWrapper
}

// AdminOffsets are the offsets as administrators see them. *offset.ConsumerOffsetManager has them.
type AdminOffsets interface {
	QueryOffset(group, topic string, queueID int32) int64
	QueryPullOffset(group, topic string, queueID int32) int64
	WhichTopicByConsumer(group string) []string
	WhichGroupByTopic(topic string) []string
	CleanOffsetByTopic(topic string)
	RemoveOffset(group string)
	Encode() []byte
}

// AdminStore is the store as administrators see it. *store.DefaultMessageStore is one.
type AdminStore interface {
	QueueEnds
	OffsetInQueueByTime(topic string, queueID int32, timestamp int64, boundary store.Boundary) (int64, error)
	MessageStoreTimestamp(topic string, queueID int32, offset int64) int64
	EarliestMessageTime(topic string, queueID int32) int64
	SelectOneMessageByOffset(offset int64, size int32) ([]byte, error)
	DeleteTopics(topics []string) error
}

// AdminConsumers are the consumers online. *session.ConsumerManager has them.
type AdminConsumers interface {
	ConsumerGroups
	FindChannel(group, clientID string) (session.Client, bool)
	QueryTopicConsumeByWho(topic string) []string
	Subscriptions
}

// AdminProducers are the producers online. *session.ProducerManager has them.
type AdminProducers interface {
	Clients(group string) ([]session.Client, bool)
	Groups() []string
}

// Rates tell how fast messages go in and out. *stats.Broker does.
type Rates interface {
	TopicPutTPS(topic string) float64
	GroupGetTPS(group, topic string) float64
	Forget(topic string)
}

// AdminBroker is what administrators may ask of the broker itself.
type AdminBroker interface {
	// RuntimeInfo is the answer to request 28.
	RuntimeInfo() map[string]string
	// FormatConfig is the answer to request 26; UpdateConfig does what request 25 asks.
	FormatConfig() string
	UpdateConfig(properties string) error
	// DelayOffsets is the answer to request 45.
	DelayOffsets() []byte
	// CallClient sends a request to a client and waits for its answer.
	CallClient(ctx context.Context, ch session.Channel, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error)
}

// AdminDeps are what an [AdminBrokerProcessor] works with.
type AdminDeps struct {
	BrokerName string
	BrokerAddr string // where clients are told to connect
	// ValidateSystemTopics protects system topics from changes.
	ValidateSystemTopics bool
	Topics               AdminTopics
	Groups               AdminGroups
	Offsets              AdminOffsets
	Store                AdminStore
	Consumers            AdminConsumers
	Producers            AdminProducers
	Locks                QueueLocks
	Rates                Rates
	Broker               AdminBroker
	Traffic              *Traffic // nil counts nothing
	Logger               *zap.Logger
}

// AdminBrokerProcessor answers administrators, and the questions of clients that need no processor of their own.
//
// Java: broker.processor.AdminBrokerProcessor (5.5.0).
type AdminBrokerProcessor struct {
	AdminDeps
	handlers map[protocol.RequestCode]remoting.ProcessorFunc
}

// NewAdminBrokerProcessor makes one.
func NewAdminBrokerProcessor(deps AdminDeps) *AdminBrokerProcessor {
	p := &AdminBrokerProcessor{AdminDeps: deps}
	p.handlers = map[protocol.RequestCode]remoting.ProcessorFunc{
		protocol.UpdateAndCreateTopic:             p.updateAndCreateTopic,
		protocol.GetAllTopicConfig:                p.getAllTopicConfig,
		protocol.DeleteTopicInBroker:              p.deleteTopic,
		protocol.GetTopicConfig:                   p.getTopicConfig,
		protocol.GetTopicStatsInfo:                p.getTopicStatsInfo,
		protocol.UpdateBrokerConfig:               p.updateBrokerConfig,
		protocol.GetBrokerConfig:                  p.getBrokerConfig,
		protocol.GetBrokerRuntimeInfo:             p.getBrokerRuntimeInfo,
		protocol.SearchOffsetByTimestamp:          p.searchOffsetByTimestamp,
		protocol.GetMaxOffset:                     p.getMaxOffset,
		protocol.GetMinOffset:                     p.getMinOffset,
		protocol.GetEarliestMsgStoreTime:          p.getEarliestMsgStoretime,
		protocol.LockBatchMQ:                      p.lockBatchMQ,
		protocol.UnlockBatchMQ:                    p.unlockBatchMQ,
		protocol.GetAllConsumerOffset:             p.getAllConsumerOffset,
		protocol.GetAllDelayOffset:                p.getAllDelayOffset,
		protocol.UpdateAndCreateSubscriptionGroup: p.updateAndCreateSubscriptionGroup,
		protocol.GetAllSubscriptionGroupConfig:    p.getAllSubscriptionGroup,
		protocol.GetSubscriptionGroupConfig:       p.getSubscriptionGroup,
		protocol.DeleteSubscriptionGroup:          p.deleteSubscriptionGroup,
		protocol.GetConsumerConnectionList:        p.getConsumerConnectionList,
		protocol.GetProducerConnectionList:        p.getProducerConnectionList,
		protocol.GetAllProducerInfo:               p.getAllProducerInfo,
		protocol.GetConsumeStats:                  p.getConsumeStats,
		protocol.QueryTopicConsumeByWho:           p.queryTopicConsumeByWho,
		protocol.QueryTopicsByConsumer:            p.queryTopicsByConsumer,
		protocol.GetConsumerRunningInfo:           p.getConsumerRunningInfo,
		protocol.ConsumeMessageDirectly:           p.consumeMessageDirectly,
	}
	return p
}

// Codes are the requests that it answers.
func (p *AdminBrokerProcessor) Codes() []protocol.RequestCode {
	codes := make([]protocol.RequestCode, 0, len(p.handlers))
	for c := range p.handlers {
		codes = append(codes, c)
	}
	return codes
}

// ProcessRequest implements remoting.Processor.
//
// Java: AdminBrokerProcessor#processRequest (5.5.0).
func (p *AdminBrokerProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceAdmin(ctx, rc)
	defer step.End(&err)
	code := protocol.RequestCode(rc.Request.Code)
	handle, ok := p.handlers[code]
	if !ok {
		return nil, refuse(protocol.RequestCodeNotSupported, " request type %d not supported", rc.Request.Code)
	}
	return handle(ctx, rc)
}

// audit logs an order that changes the broker.
func (p *AdminBrokerProcessor) audit(ctx context.Context, rc *remoting.RequestContext, target string) {
	observ.Logger(ctx, p.Logger).Info("administrator's order", zap.Stringer("code", protocol.RequestCode(rc.Request.Code)),
		zap.Stringer("from", rc.Channel), zap.String("target", target))
}
