package consumer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// subscriptions are the topics of a consumer, what it wants of each, and the queues that the routes give. Safe for concurrent
// use; the zero value is ready.
type subscriptions struct {
	mu     sync.Mutex
	data   map[string]*heartbeat.SubscriptionData // immutable once in
	queues map[string][]message.MessageQueue
	// changed says that brokers should hear of the subscriptions: they changed, or a topic got brokers.
	changed bool
}

// newSubscription parses "*", "" or "TagA || TagB".
//
// Java: remoting.protocol.filter.FilterAPI#buildSubscriptionData (5.5.0).
func newSubscription(topic, expression string, now time.Time) (*heartbeat.SubscriptionData, error) {
	s := &heartbeat.SubscriptionData{Topic: topic, SubString: "*", SubVersion: now.UnixMilli(), ExpressionType: heartbeat.ExpressionTag}
	if expression == "" || expression == "*" {
		return s, nil
	}
	s.SubString = expression
	for _, tag := range strings.Split(expression, "||") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(s.TagsSet, tag) {
			s.TagsSet = append(s.TagsSet, tag)
			s.CodeSet = append(s.CodeSet, int32(message.TagsCode(tag)))
		}
	}
	if len(s.TagsSet) == 0 {
		return nil, fmt.Errorf("expression %q of topic %s names no tag", expression, topic)
	}
	return s, nil
}

// put adds a topic or replaces its expression. A newer one has a higher version, by which brokers tell them apart.
func (s *subscriptions) put(topic, expression string, now time.Time) error {
	d, err := newSubscription(topic, expression, now)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.data == nil {
		s.data = map[string]*heartbeat.SubscriptionData{}
	}
	if old := s.data[topic]; old != nil {
		d.SubVersion = max(d.SubVersion, old.SubVersion+1)
	}
	s.data[topic] = d
	s.changed = true
	return nil
}

func (s *subscriptions) remove(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.data, topic)
	delete(s.queues, topic)
	s.changed = true
}

// takeChanged says whether brokers should hear of the subscriptions, once.
func (s *subscriptions) takeChanged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.changed
	s.changed = false
	return was
}

func (s *subscriptions) get(topic string) (*heartbeat.SubscriptionData, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.data[topic]
	return d, ok
}

// topics are the subscribed topics in order.
func (s *subscriptions) topics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	topics := make([]string, 0, len(s.data))
	for t := range s.data {
		topics = append(topics, t)
	}
	slices.Sort(topics)
	return topics
}

func (s *subscriptions) all() []heartbeat.SubscriptionData {
	var all []heartbeat.SubscriptionData
	for _, t := range s.topics() {
		if d, ok := s.get(t); ok {
			all = append(all, *d)
		}
	}
	return all
}

func (s *subscriptions) queuesOf(topic string) ([]message.MessageQueue, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[topic]
	return q, ok
}

// setQueues stores a topic's queues and says whether they changed.
func (s *subscriptions) setQueues(topic string, queues []message.MessageQueue) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, wanted := s.data[topic]; !wanted || slices.Equal(s.queues[topic], queues) {
		return false
	}
	if s.queues == nil {
		s.queues = map[string][]message.MessageQueue{}
	}
	if _, known := s.queues[topic]; !known {
		s.changed = true // its brokers may not have heard of this group
	}
	s.queues[topic] = queues
	return true
}

// match keeps the messages whose tag is really subscribed. A broker compares hashes only, and two tags may share one.
//
// Java: PullAPIWrapper#processPullResult (5.5.0).
func match(d *heartbeat.SubscriptionData, msgs []*message.MessageExt) []*message.MessageExt {
	if len(d.TagsSet) == 0 {
		return msgs
	}
	return slices.DeleteFunc(msgs, func(m *message.MessageExt) bool {
		return !slices.Contains(d.TagsSet, m.Properties.Get(message.PropertyTags))
	})
}
