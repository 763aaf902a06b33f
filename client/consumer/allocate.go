package consumer

import "github.com/plumemq/plume/message"

// AllocateStrategy shares a topic's queues among the members of a group. Every member runs it for itself on the same sorted input,
// so it must be a pure function: all members then agree without talking to each other.
//
// Java: client.consumer.AllocateMessageQueueStrategy.
type AllocateStrategy interface {
	// Name travels nowhere today but must be the same in all members: "AVG".
	Name() string
	// Allocate returns the queues of member current, which is one of members. queues and members are sorted.
	Allocate(group, current string, queues []message.MessageQueue, members []string) []message.MessageQueue
}

// AllocateAveragely gives each member a contiguous run of queues; the first n mod c members get one more. The default.
//
// Java: client.consumer.rebalance.AllocateMessageQueueAveragely.
func AllocateAveragely() AllocateStrategy { return averagely{} }

type averagely struct{}

func (averagely) Name() string { return "AVG" }

func (averagely) Allocate(_, current string, queues []message.MessageQueue, members []string) []message.MessageQueue {
	index := indexOf(members, current)
	if index < 0 || len(queues) == 0 {
		return nil
	}
	share, extra := len(queues)/len(members), len(queues)%len(members)
	start := index*share + min(index, extra)
	if index < extra {
		share++
	}
	return queues[start : start+share]
}

// AllocateAveragelyByCircle deals the queues out one by one, like cards.
//
// Java: client.consumer.rebalance.AllocateMessageQueueAveragelyByCircle.
func AllocateAveragelyByCircle() AllocateStrategy { return byCircle{} }

type byCircle struct{}

func (byCircle) Name() string { return "AVG_BY_CIRCLE" }

func (byCircle) Allocate(_, current string, queues []message.MessageQueue, members []string) []message.MessageQueue {
	index := indexOf(members, current)
	if index < 0 {
		return nil
	}
	var mine []message.MessageQueue
	for i := index; i < len(queues); i += len(members) {
		mine = append(mine, queues[i])
	}
	return mine
}

func indexOf(members []string, current string) int {
	for i, m := range members {
		if m == current {
			return i
		}
	}
	return -1
}
