package broker

import (
	"context"
	"time"

	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// pools are the executors, shared by both servers.
type pools struct {
	send, pull, litePull, query, admin, clientManage, consumerManage, heartbeat *remoting.Executor
}

func newPools(c PoolsConfig) pools {
	executor := func(name string, p PoolConfig) *remoting.Executor {
		return remoting.NewExecutor(name, p.Workers, p.Queue)
	}
	return pools{
		send: executor("SendMessageThread", c.Send), pull: executor("PullMessageThread", c.Pull),
		litePull: executor("LitePullMessageThread", c.LitePull), query: executor("QueryMessageThread", c.Query),
		admin: executor("AdminBrokerThread", c.Admin), clientManage: executor("ClientManageThread", c.ClientManage),
		consumerManage: executor("ConsumerManageThread", c.ConsumerManage), heartbeat: executor("HeartbeatThread", c.Heartbeat),
	}
}

// registration is one processor, the executor that runs it and the request codes that it answers.
type registration struct {
	handler remoting.Processor
	on      *remoting.Executor
	codes   []protocol.RequestCode
}

// registrations give every request code its processor and executor. Both servers share them.
//
// Java: BrokerController#registerProcessor (5.5.0).
func (b *Broker) registrations() []registration {
	p, c := &b.pools, b.cfg.Pools
	on := func(handler remoting.Processor, x *remoting.Executor, pool PoolConfig, codes ...protocol.RequestCode) registration {
		if c.FastFailure && pool.MaxWait > 0 {
			handler = fastFailure{next: handler, queue: x, maxWait: pool.MaxWait, clock: b.deps.Clock}
		}
		return registration{handler, x, codes}
	}
	p.send.Gather(b.store.WriteGathered)
	pull, admin := b.pullProcessor(), b.adminProcessor()
	client := processor.NewClientManageProcessor(b.topics, b.groups, b.producers, b.consumers, b.cfg.Polling.RejectPullConsumerEnable)
	consumer := processor.NewConsumerManageProcessor(b.consumers, b.offsets, b.groups, b.topics, b.store)
	query := processor.NewQueryMessageProcessor(b.store, b.cfg.Store.DefaultQueryMaxNum)
	return []registration{
		on(b.sendProcessor(), p.send, c.Send, protocol.SendMessage, protocol.SendMessageV2, protocol.SendBatchMessage, protocol.ConsumerSendMsgBack),
		on(pull, p.pull, c.Pull, protocol.PullMessage),
		on(pull, p.litePull, c.LitePull, protocol.LitePullMessage),
		on(query, p.query, c.Query, protocol.QueryMessage, protocol.ViewMessageByID),
		on(client, p.heartbeat, c.Heartbeat, protocol.HeartBeat),
		on(client, p.clientManage, c.ClientManage, protocol.UnregisterClient, protocol.CheckClientConfig),
		on(consumer, p.consumerManage, c.ConsumerManage, protocol.GetConsumerListByGroup, protocol.UpdateConsumerOffset, protocol.QueryConsumerOffset),
		on(admin, p.admin, c.Admin, admin.Codes()...),
	}
}

func (b *Broker) sendProcessor() *processor.SendMessageProcessor {
	var from time.Time
	if ms := b.cfg.StartAcceptSendRequestTimestamp; ms > 0 {
		from = time.UnixMilli(ms)
	}
	return processor.NewSendMessageProcessor(processor.SendConfig{
		ClusterName: b.cfg.BrokerClusterName, RegionID: b.cfg.RegionID, TraceOn: b.cfg.TraceOn, BrokerIP1: b.cfg.Network.BrokerIP1,
		StoreHost: b.host, MaxMessageSize: b.cfg.Store.MaxMessageSize, Traffic: b.traffic, AcceptFrom: from, Permission: b.live.permission.Load, Clock: b.deps.Clock,
	}, delayingStore{b.store, b.schedule.Levels()}, b.topics, b.groups, b.locks, b.stats)
}

func (b *Broker) pullProcessor() *processor.PullMessageProcessor {
	c := b.cfg.Polling
	return processor.NewPullMessageProcessor(processor.PullConfig{
		BrokerIP1: b.cfg.Network.BrokerIP1, Permission: b.live.permission.Load, LongPolling: c.LongPollingEnable,
		ShortPolling: c.ShortPolling, LitePullEnable: c.LitePullMessageEnable, SlaveReadEnable: c.SlaveReadEnable, Logger: b.log,
	}, processor.PullDeps{
		Store: b.store, Topics: b.topics, Groups: b.groups, Subscriptions: b.consumers, Offsets: b.offsets, Holder: b.hold, Stats: b.stats, Traffic: b.traffic,
	})
}

func (b *Broker) adminProcessor() *processor.AdminBrokerProcessor {
	return processor.NewAdminBrokerProcessor(processor.AdminDeps{
		BrokerName: b.cfg.BrokerName, BrokerAddr: b.identity.Addr, ValidateSystemTopics: b.cfg.Topics.ValidateSystemTopicWhenUpdateTopic, Topics: b.topics,
		Groups: b.groups, Offsets: b.offsets, Store: b.store, Consumers: b.consumers, Producers: b.producers, Locks: b.locks,
		Rates: b.stats, Broker: adminView{b}, Traffic: b.traffic, Logger: b.log,
	})
}

// delayingStore is the store as clients' messages reach it: those with a delay level go to the schedule topic first. What the
// schedule service delivers goes to the store itself.
type delayingStore struct {
	*store.DefaultMessageStore
	levels schedule.Levels
}

// AsyncPutMessage stores a message, now or for later.
func (s delayingStore) AsyncPutMessage(ctx context.Context, msg *store.MessageExtBrokerInner) store.PutFuture {
	if refused := s.levels.Prepare(ctx, msg); refused != nil {
		return store.Completed(*refused)
	}
	return s.DefaultMessageStore.AsyncPutMessage(ctx, msg)
}
