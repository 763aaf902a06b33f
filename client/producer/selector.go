package producer

import (
	"math/rand/v2"
	"slices"

	"github.com/plumemq/plume/message"
)

// Selector chooses the queue for a message. queues has at least one, grouped by broker name and in the order of ids; it is the
// selector's own. It must return one of them. It may be called concurrently.
//
// Java: client.producer.MessageQueueSelector (5.5.0).
type Selector func(queues []message.MessageQueue, msg *message.Message) message.MessageQueue

// SelectByHash sends all messages of one key to one queue, for as long as the topic's queues stay the same. The hash is that of
// Java strings, so that Java producers choose the same queue for the same key.
//
// Java: client.producer.selector.SelectMessageQueueByHash (5.5.0).
func SelectByHash(key string) Selector {
	return func(queues []message.MessageQueue, _ *message.Message) message.MessageQueue {
		hash := message.HashCode(key) % int32(len(queues))
		return queues[max(hash, -hash)]
	}
}

// SelectByRandom picks any queue.
//
// Java: client.producer.selector.SelectMessageQueueByRandom (5.5.0).
func SelectByRandom() Selector {
	return func(queues []message.MessageQueue, _ *message.Message) message.MessageQueue {
		return queues[rand.IntN(len(queues))]
	}
}

// SelectByMachineRoom picks any queue of a broker in one of the rooms, which room tells from the broker's name; if there is none, any
// queue.
//
// Java: client.producer.selector.SelectMessageQueueByMachineRoom (5.5.0), which is left empty there.
func SelectByMachineRoom(room func(brokerName string) string, rooms ...string) Selector {
	return func(queues []message.MessageQueue, msg *message.Message) message.MessageQueue {
		near := slices.DeleteFunc(slices.Clone(queues), func(mq message.MessageQueue) bool {
			return !slices.Contains(rooms, room(mq.BrokerName))
		})
		if len(near) > 0 {
			queues = near
		}
		return SelectByRandom()(queues, msg)
	}
}
