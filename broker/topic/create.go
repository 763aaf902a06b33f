package topic

import (
	"context"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// CreateTopicInSendMessageMethod makes the topic of a message out of the one that its producer names, if that one may be
// inherited from: as many queues as the producer wants, at most as many as the default topic has. It returns nil if it may
// not, and the topic if somebody else was quicker.
//
// Java: TopicConfigManager#createTopicInSendMessageMethod (5.5.0).
func (m *TopicConfigManager) CreateTopicInSendMessageMethod(ctx context.Context, topic, defaultTopic string, queues, sysFlag int32) (*body.TopicConfig, error) {
	t, created, err := m.inherit(ctx, topic, defaultTopic, queues, sysFlag)
	if created {
		m.notify(ctx, t)
	}
	return t, err
}

func (m *TopicConfigManager) inherit(ctx context.Context, topic, defaultTopic string, queues, sysFlag int32) (t *body.TopicConfig, created bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.SelectTopicConfig(topic); t != nil {
		return t, false, nil
	}
	parent := m.SelectTopicConfig(defaultTopic)
	if parent == nil || parent.Perm&PermInherit == 0 || defaultTopic == message.TopicAutoCreate && !m.cfg.AutoCreateTopicEnable() {
		observ.Logger(ctx, m.log).Warn("topic is not created: its default topic is missing or not to be inherited from",
			zap.String("topic", topic), zap.String("defaultTopic", defaultTopic))
		return nil, false, nil
	}
	t = newConfig(strings.Clone(topic), max(0, min(queues, parent.WriteQueueNums)), parent.Perm&^PermInherit)
	t.TopicSysFlag, t.TopicFilterType = sysFlag, parent.TopicFilterType
	err = m.add(t)
	return t, err == nil, err
}

func (m *TopicConfigManager) add(t *body.TopicConfig) error {
	return m.edit(func(topics map[string]*body.TopicConfig) bool {
		topics[t.TopicName] = t
		return true
	})
}

// CreateTopicInSendMessageBackMethod makes a group's retry or dead letter topic, unless there is one. An existing one follows a
// change of order.
//
// Java: TopicConfigManager#createTopicInSendMessageBackMethod (5.5.0).
func (m *TopicConfigManager) CreateTopicInSendMessageBackMethod(ctx context.Context, topic string, queues, perm int32, order bool, sysFlag int32) (*body.TopicConfig, error) {
	if t := m.SelectTopicConfig(topic); t != nil && t.Order == order {
		return t, nil
	}
	t, changed, err := m.ensure(topic, queues, perm, order, sysFlag)
	if changed {
		m.notify(ctx, t)
	}
	return t, err
}

func (m *TopicConfigManager) ensure(topic string, queues, perm int32, order bool, sysFlag int32) (t *body.TopicConfig, changed bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.SelectTopicConfig(topic); old != nil {
		if old.Order == order {
			return old, false, nil
		}
		next := *old
		next.Order = order
		t = &next
	} else {
		t = newConfig(strings.Clone(topic), queues, perm)
		t.TopicSysFlag, t.Order = sysFlag, order
	}
	err = m.add(t)
	return t, err == nil, err
}
