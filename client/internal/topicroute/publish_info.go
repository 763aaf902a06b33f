package topicroute

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// TopicPublishInfo is a topic as a producer sees it: its writable queues in a fixed order, and whose turn it is. All fields are
// immutable once published; the turn is atomic, so that choosing a queue takes no lock and allocates nothing.
//
// Java: client.impl.producer.TopicPublishInfo (5.5.0).
type TopicPublishInfo struct {
	// OrderTopic says that the queues come from the name server's order configuration.
	OrderTopic bool
	// HaveTopicRouterInfo says that a name server has answered for the topic.
	HaveTopicRouterInfo bool
	// MessageQueueList are the queues, grouped by broker name.
	MessageQueueList []message.MessageQueue
	// Route is the answer that this was made from.
	Route *route.TopicRouteData

	sendWhichQueue atomic.Uint32
}

// OK says that there is a queue to send to. A nil info is not OK.
//
// Java: TopicPublishInfo#ok.
func (i *TopicPublishInfo) OK() bool { return i != nil && len(i.MessageQueueList) > 0 }

// Filter accepts or refuses queues by their broker.
type Filter func(brokerName string) bool

// SelectOneMessageQueue is the next queue in turn whose broker is not lastBrokerName and passes filter, which may be nil. False
// means that no queue does. An empty lastBrokerName excludes nothing.
//
// Java: TopicPublishInfo#selectOneMessageQueue(QueueFilter...) (5.5.0).
func (i *TopicPublishInfo) SelectOneMessageQueue(lastBrokerName string, filter Filter) (message.MessageQueue, bool) {
	for range i.MessageQueueList {
		mq := i.Next()
		if lastBrokerName != "" && mq.BrokerName == lastBrokerName {
			continue
		}
		if filter != nil && !filter(mq.BrokerName) {
			continue
		}
		return mq, true
	}
	return message.MessageQueue{}, false
}

// Next is the next queue in turn: the turn modulo the number of queues. It panics when the info is not OK.
//
// Java: TopicPublishInfo#selectOneMessageQueue() (5.5.0).
func (i *TopicPublishInfo) Next() message.MessageQueue {
	turn := i.sendWhichQueue.Add(1)
	return i.MessageQueueList[turn%uint32(len(i.MessageQueueList))]
}

// ResetIndex continues at a random turn.
//
// Java: TopicPublishInfo#resetIndex.
func (i *TopicPublishInfo) ResetIndex() { i.sendWhichQueue.Store(rand.Uint32()) }

// Index is the turn that was taken last, for traces.
func (i *TopicPublishInfo) Index() uint32 { return i.sendWhichQueue.Load() }
