package consumer

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// pullMaxIdle is after how long without a pull a queue is taken for stuck and started anew.
//
// Java: ProcessQueue#PULL_MAX_IDLE_TIME (5.5.0).
const pullMaxIdle = 120 * time.Second

// rebalance divides the queues of every subscribed topic anew: each member computes the same division from the same sorted
// queues and members. False asks for another attempt soon.
//
// Java: RebalanceImpl#doRebalance (5.5.0).
func (c *Consumer) rebalance(ctx context.Context) bool {
	if !c.announced.Load() {
		return true // the start will ask again
	}
	topics, balanced := c.routedTopics(ctx)
	if c.subscriptions.takeChanged() {
		c.instance.SendHeartbeatToAllBroker(ctx)
	}
	unknown := false
	for _, topic := range topics {
		if err := c.rebalanceByTopic(ctx, topic); err != nil && ctx.Err() == nil {
			c.logger(ctx).Warn("rebalance", zap.String("topic", topic), zap.Error(err))
			balanced, unknown = false, unknown || errors.Is(err, errNotListed)
		}
	}
	if unknown {
		c.instance.SendHeartbeatToAllBroker(ctx)
	}
	c.giveUpUnsubscribed(ctx)
	return balanced
}

// routedTopics are the subscribed topics whose queues are known, and whether that is all of them.
func (c *Consumer) routedTopics(ctx context.Context) (topics []string, all bool) {
	all = true
	for _, topic := range c.subscriptions.topics() {
		if c.findRoute(ctx, topic) {
			topics = append(topics, topic)
		} else {
			all = false
		}
	}
	return topics, all
}

// findRoute says whether the topic's queues are known, and asks for them if not: a retry topic, say, comes into being with the
// group's first heartbeat, and should not have to wait for the next poll of the routes.
func (c *Consumer) findRoute(ctx context.Context, topic string) bool {
	if _, known := c.subscriptions.queuesOf(topic); known {
		return true
	}
	if _, err := c.instance.UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{Topic: topic}); err != nil {
		c.logger(ctx).Debug("no route yet", zap.String("topic", topic), zap.Error(err))
	}
	_, known := c.subscriptions.queuesOf(topic)
	return known
}

// rebalanceByTopic brings the table in line with this member's share of one topic.
//
// Java: RebalanceImpl#rebalanceByTopic (5.5.0).
func (c *Consumer) rebalanceByTopic(ctx context.Context, topic string) (err error) {
	queues, ok := c.subscriptions.queuesOf(topic)
	if !ok {
		return errNoRoute
	}
	ctx, step := c.traceRebalance(ctx, topic, len(queues))
	defer step.End(&err)
	mine := queues
	if !c.cfg.Broadcasting {
		members, err := c.findConsumerIDList(ctx, topic)
		if err != nil {
			return err
		}
		mine = c.allocate(ctx, queues, members)
	}
	return c.updateProcessQueueTableInRebalance(ctx, topic, mine)
}

// allocate asks the strategy for this member's share.
func (c *Consumer) allocate(ctx context.Context, queues []message.MessageQueue, members []string) []message.MessageQueue {
	sorted := slices.SortedFunc(slices.Values(queues), message.MessageQueue.Compare)
	slices.Sort(members)
	_, step := traceAllocate(ctx, c.strategy.Name(), len(queues), len(members))
	defer step.End(nil)
	mine := c.strategy.Allocate(c.group, c.instance.ClientID(), sorted, members)
	traceAllocated(step, mine)
	return mine
}

// findConsumerIDList asks a broker of the topic for the group's members.
//
// Java: MQClientInstance#findConsumerIdList (5.5.0).
func (c *Consumer) findConsumerIDList(ctx context.Context, topic string) ([]string, error) {
	addr := c.instance.FindBrokerAddrByTopic(topic)
	if addr == "" {
		return nil, errNoRoute
	}
	members, err := c.instance.API().GetConsumerIDListByGroup(ctx, addr, c.group)
	var refused *protocol.ResponseError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	c.warnOfNamesakes(members)
	if !slices.Contains(members, c.instance.ClientID()) {
		return nil, errors.Join(errNotListed, err)
	}
	return members, nil
}

// warnOfNamesakes looks for another member with this one's client id: the two would take the same queues and leave others to nobody.
func (c *Consumer) warnOfNamesakes(members []string) {
	n := 0
	for _, m := range members {
		if m == c.instance.ClientID() {
			n++
		}
	}
	if n > 1 {
		c.log.Warn("members share one client id: give each an instance name of its own",
			zap.String("client_id", c.instance.ClientID()), zap.Int("members", n))
	}
}

// updateProcessQueueTableInRebalance gives up what is no longer ours and begins to pull what is new.
//
// Apache's client then gives its subscription a new version, and must tell the brokers by a heartbeat, as they refuse pulls of a
// version that they have not heard of. They have no other use for it than to know the newest of a group's subscriptions: here it
// changes when the subscription does, and no heartbeat has to follow. A broker that has not heard of the group is told when it is
// connected to, or when it refuses a pull.
//
// Java: RebalanceImpl#updateProcessQueueTableInRebalance, RebalancePushImpl#messageQueueChanged (5.5.0).
func (c *Consumer) updateProcessQueueTableInRebalance(ctx context.Context, topic string, mine []message.MessageQueue) error {
	idleSince := c.clock.Now().Add(-pullMaxIdle).UnixMilli()
	for _, pq := range c.queues.list(topic) {
		if !slices.Contains(mine, pq.mq) || pq.lastPull.Load() < idleSince {
			c.giveUp(ctx, pq)
		}
	}
	var failed error
	for _, mq := range mine {
		if c.queues.get(mq) != nil {
			continue
		}
		if err := c.takeOver(ctx, mq); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// takeOver finds out where to begin and starts the pull loop.
func (c *Consumer) takeOver(ctx context.Context, mq message.MessageQueue) error {
	c.offsets.forget(mq) // what an earlier assignment left behind may be out of date
	offset, err := c.computePullFromWhere(ctx, mq)
	if err != nil {
		return err
	}
	pq := c.newProcessQueue(mq)
	if !c.queues.add(pq) {
		pq.drop()
		return nil
	}
	c.logger(ctx).Info("queue assigned", zap.Stringer("queue", mq), zap.Int64("offset", offset))
	c.startPulling(pq, offset, pace{})
	return nil
}

// newProcessQueue is a queue about to be pulled.
func (c *Consumer) newProcessQueue(mq message.MessageQueue) *processQueue {
	pq := &processQueue{mq: mq}
	pq.ctx, pq.cancel = context.WithCancel(c.loops.ctx)
	pq.lastPull.Store(c.clock.Now().UnixMilli())
	return pq
}

// startPulling starts the queue's loop, unless the consumer is stopping.
func (c *Consumer) startPulling(pq *processQueue, offset int64, p pace) {
	if !c.loops.start(func(context.Context) { c.pullLoop(pq.ctx, pq, offset, p) }) {
		c.queues.remove(pq)
	}
}

// giveUp stops pulling a queue and stores how far it came, so that the next owner goes on from there.
//
// Java: RebalancePushImpl#removeUnnecessaryMessageQueue (5.5.0).
func (c *Consumer) giveUp(ctx context.Context, pq *processQueue) {
	c.queues.remove(pq)
	c.offsets.persist(ctx, pq.mq)
	c.offsets.forget(pq.mq)
	c.logger(ctx).Info("queue given up", zap.Stringer("queue", pq.mq))
}

func (c *Consumer) giveUpUnsubscribed(ctx context.Context) {
	for _, pq := range c.queues.list("") {
		if _, ok := c.subscriptions.get(pq.mq.Topic); !ok {
			c.giveUp(ctx, pq)
		}
	}
}
