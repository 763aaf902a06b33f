package processor

import (
	"context"

	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// maxQueues bounds the queues of a topic that is created: each costs files.
const maxQueues = 65536

// updateAndCreateTopic (17) creates or replaces a topic and has it registered.
//
// Java: AdminBrokerProcessor#updateAndCreateTopic (5.5.0).
func (p *AdminBrokerProcessor) updateAndCreateTopic(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	began := p.Traffic.now()
	h, err := decode[header.CreateTopicRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	defer func() { p.Traffic.topicMade(ctx, began, h.Topic, err) }()
	p.audit(ctx, rc, h.Topic)
	if err := p.mayChange(h.Topic); err != nil {
		return nil, err
	}
	if h.ReadQueueNums < 0 || h.WriteQueueNums < 0 || h.ReadQueueNums > maxQueues || h.WriteQueueNums > maxQueues || h.Perm < 0 || h.Perm > 15 {
		return nil, refuse(protocol.InvalidParameter, "topic[%s]: readQueueNums %d and writeQueueNums %d must be 0..%d, perm %d must be 0..15",
			h.Topic, h.ReadQueueNums, h.WriteQueueNums, maxQueues, h.Perm)
	}
	changes, err := topic.ParseAttributes(h.Attributes)
	if err != nil {
		return nil, err
	}
	t := body.NewTopicConfig(h.Topic)
	t.ReadQueueNums, t.WriteQueueNums, t.Perm = h.ReadQueueNums, h.WriteQueueNums, h.Perm
	t.TopicSysFlag, t.Order, t.Attributes = h.TopicSysFlag, h.Order, changes
	if h.TopicFilterType == body.MultiTag {
		t.TopicFilterType = body.MultiTag
	}
	owned := t.Clone()
	if err := p.Topics.UpdateTopicConfig(ctx, &owned); err != nil {
		return nil, err
	}
	return success(nil, nil), nil
}

// mayChange guards names and system topics.
func (p *AdminBrokerProcessor) mayChange(name string) error {
	if err := validTopic(name); err != nil {
		return err
	}
	if p.ValidateSystemTopics && p.Topics.IsSystemTopic(name) {
		return refuse(protocol.InvalidParameter, "The topic[%s] is conflict with system topic.", name)
	}
	return nil
}

// deleteTopic (215) forgets a topic, its offsets and its queues.
//
// Java: AdminBrokerProcessor#deleteTopic (5.5.0).
func (p *AdminBrokerProcessor) deleteTopic(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.DeleteTopicRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	p.audit(ctx, rc, h.Topic)
	if err := p.mayChange(h.Topic); err != nil {
		return nil, err
	}
	if _, err := p.Topics.DeleteTopicConfig(h.Topic); err != nil {
		return nil, err
	}
	p.Offsets.CleanOffsetByTopic(h.Topic)
	p.Rates.Forget(h.Topic)
	if err := p.Store.DeleteTopics([]string{h.Topic}); err != nil {
		return nil, err
	}
	return success(nil, nil), nil
}

// getTopicConfig (351) describes one topic.
//
// Java: AdminBrokerProcessor#getTopicConfig (5.5.0).
func (p *AdminBrokerProcessor) getTopicConfig(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetTopicConfigRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	t := p.Topics.SelectTopicConfig(h.Topic)
	if t == nil {
		return nil, refuse(protocol.TopicNotExist, "No topic in this broker. topic: %s", h.Topic)
	}
	return success(nil, t.Encode()), nil
}

// getAllTopicConfig (21) dumps all topics, in one page whatever page was asked for.
//
// Java: AdminBrokerProcessor#getAllTopicConfig (5.5.0).
func (p *AdminBrokerProcessor) getAllTopicConfig(_ context.Context, _ *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	topics, version := p.Topics.Snapshot()
	var all body.TopicConfigAndMappingSerializeWrapper
	all.DataVersion = version
	all.TopicConfigTable = make(map[string]body.TopicConfig, len(topics))
	for name, t := range topics {
		all.TopicConfigTable[name] = *t
	}
	return success(&header.GetAllTopicConfigResponseHeader{TotalTopicNum: int32(len(topics))}, all.Encode()), nil
}

// getTopicStatsInfo (202) tells the ends of every queue of a topic.
//
// Java: AdminBrokerProcessor#getTopicStatsInfo (5.5.0).
func (p *AdminBrokerProcessor) getTopicStatsInfo(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetTopicStatsInfoRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	t := p.Topics.SelectTopicConfig(h.Topic)
	if t == nil {
		return nil, refuse(protocol.TopicNotExist, "topic[%s] not exist", h.Topic)
	}
	stats := body.TopicStatsTable{OffsetTable: map[message.MessageQueue]body.TopicOffset{}, TopicPutTPS: p.Rates.TopicPutTPS(h.Topic)}
	for id := range max(t.WriteQueueNums, t.ReadQueueNums) {
		o := body.TopicOffset{
			MinOffset: max(p.Store.MinOffsetInQueue(h.Topic, id), 0), MaxOffset: max(p.Store.MaxOffsetInQueue(h.Topic, id), 0),
		}
		if o.MaxOffset > 0 {
			o.LastUpdateTimestamp = p.Store.MessageStoreTimestamp(h.Topic, id, o.MaxOffset-1)
		}
		stats.OffsetTable[message.MessageQueue{Topic: h.Topic, BrokerName: p.BrokerName, QueueID: id}] = o
	}
	return success(nil, stats.Encode()), nil
}
