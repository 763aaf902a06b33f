package broker

import (
	"strconv"
	"strings"

	"github.com/plumemq/plume/broker/filter"
	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// lag is how far a group is with a topic.
type lag struct {
	unacknowledged, pulled, ready int64
	// oldestUnacknowledged and oldestUnpulled are store times in ms; 0 without such a message.
	oldestUnacknowledged, oldestUnpulled int64
}

// collectLag measures the groups that are online, for every topic that they subscribe to but their retry topics.
//
// Java: broker.metrics.ConsumerLagCalculator (5.5.0), without POP.
func (b *Broker) collectLag(emit metrics.Emit) {
	now := b.deps.Clock.Now().UnixMilli()
	since := func(t int64) float64 {
		if t == 0 {
			return 0
		}
		return float64(now - t)
	}
	for _, g := range b.consumers.Groups() {
		if !b.groups.Contains(g.Name) {
			continue
		}
		for name, sub := range g.Subscriptions {
			queues, measured := b.measuredQueues(name)
			if !measured {
				continue
			}
			l := b.lagOf(&g, sub, name, queues)
			system := strconv.FormatBool(b.topics.IsSystemTopic(name) || processor.IsSystemGroup(g.Name))
			report := func(f *metrics.Family, v float64) { emit(f, v, g.Name, name, "false", system) }
			report(metrics.ConsumerLagMessages, float64(l.unacknowledged))
			report(metrics.ConsumerLagLatency, since(l.oldestUnacknowledged))
			report(metrics.ConsumerInflightMessages, float64(l.pulled))
			report(metrics.ConsumerQueueingLatency, since(l.oldestUnpulled))
			report(metrics.ConsumerReadyMessages, float64(l.ready))
		}
	}
}

// measuredQueues is how many queues of a topic to look at; false for topics that do not count.
func (b *Broker) measuredQueues(name string) (int32, bool) {
	t := b.topics.SelectTopicConfig(name)
	if t == nil || strings.HasPrefix(name, message.RetryGroupTopicPrefix) {
		return 0, false
	}
	perm := t.Perm & b.live.permission.Load()
	return t.WriteQueueNums, perm&(topic.PermRead|topic.PermWrite) != 0
}

func (b *Broker) lagOf(g *session.Group, sub *heartbeat.SubscriptionData, name string, queues int32) (l lag) {
	for id := range queues {
		end := b.store.MaxOffsetInQueue(name, id)
		acknowledged, pulled := b.offsets.QueryOffset(g.Name, name, id), b.offsets.QueryPullOffset(g.Name, name, id)
		count := func(from, to int64) int64 { return b.countMessages(sub, name, id, from, to) }
		from := orElse(acknowledged, end)
		l.unacknowledged += count(from, end)
		l.oldestUnacknowledged = earlier(l.oldestUnacknowledged, b.store.MessageStoreTimestamp(name, id, from))
		at := max(pulled, 0)
		l.pulled += count(orElse(acknowledged, at), at)
		l.oldestUnpulled = earlier(l.oldestUnpulled, b.store.MessageStoreTimestamp(name, id, at))
		l.ready += count(orElse(pulled, end), end)
	}
	return l
}

// orElse is an offset that is known, or another.
func orElse(offset, other int64) int64 {
	if offset < 0 {
		return other
	}
	return offset
}

// earlier is the earlier of two times; those that are not positive do not count.
func earlier(a, b int64) int64 {
	if b <= 0 || a > 0 && a < b {
		return a
	}
	return b
}

const (
	maxConsumeQueueScan  = 20_000 // Java: MessageStoreConfig.maxConsumeQueueScan
	sampleCountThreshold = 5_000  // Java: MessageStoreConfig.sampleCountThreshold
)

// countMessages is how many messages of a queue a subscription wants from one offset to another. Where there are many it looks at
// the first of them and guesses.
//
// Java: ConsumerLagCalculator#calculateMessageCount, store.ConsumeQueue#estimateMessageCount (5.5.0).
func (b *Broker) countMessages(sub *heartbeat.SubscriptionData, name string, id int32, from, to int64) int64 {
	if from >= to {
		return 0
	}
	if !filter.IsTagType(sub.ExpressionType) || sub.SubString == heartbeat.SubAll {
		return to - from
	}
	from = max(from, b.store.MinOffsetInQueue(name, id))
	wanted := filter.TagFilter{Subscription: sub}
	var seen, matched int64
	for at := from; at < to; {
		entries, err := b.store.ConsumeQueueEntries(name, id, at, int(min(to-at, 1024)))
		if err != nil || len(entries) == 0 {
			break
		}
		for i := range entries {
			if seen++; wanted.IsMatchedByConsumeQueue(entries[i].TagsCode) {
				matched++
			}
		}
		if at = entries[len(entries)-1].QueueOffset + 1; seen >= maxConsumeQueueScan || matched > sampleCountThreshold {
			return int64(float64(matched) * float64(to-from) / float64(seen))
		}
	}
	return matched
}
