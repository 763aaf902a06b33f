package processor

import (
	"context"

	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// ConsumerGroups are the groups online. *session.ConsumerManager has them.
type ConsumerGroups interface {
	Group(name string) (session.Group, bool)
}

// ConsumerOffsets are the groups' offsets. *offset.ConsumerOffsetManager has them.
type ConsumerOffsets interface {
	CommitOffset(client, group, topic string, queueID int32, off int64)
	QueryOffset(group, topic string, queueID int32) int64
	HasOffsetReset(topic, group string, queueID int32) bool
}

// KnownGroups tell which groups exist. *subscription.SubscriptionGroupManager does.
type KnownGroups interface{ Contains(group string) bool }

// QueueEnds tell where queues begin and end. *store.DefaultMessageStore does.
type QueueEnds interface {
	MinOffsetInQueue(topic string, queueID int32) int64
	MaxOffsetInQueue(topic string, queueID int32) int64
}

// ConsumerManageProcessor answers who else consumes (38) and keeps how far groups are (14, 15).
//
// Java: broker.processor.ConsumerManageProcessor (5.5.0).
type ConsumerManageProcessor struct {
	consumers ConsumerGroups
	offsets   ConsumerOffsets
	groups    KnownGroups
	topics    Topics
	store     QueueEnds
}

// NewConsumerManageProcessor makes one.
func NewConsumerManageProcessor(consumers ConsumerGroups, offsets ConsumerOffsets, groups KnownGroups, topics Topics, s QueueEnds) *ConsumerManageProcessor {
	return &ConsumerManageProcessor{consumers: consumers, offsets: offsets, groups: groups, topics: topics, store: s}
}

// ProcessRequest implements remoting.Processor.
func (p *ConsumerManageProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	switch protocol.RequestCode(rc.Request.Code) {
	case protocol.GetConsumerListByGroup:
		return p.getConsumerListByGroup(ctx, rc)
	case protocol.UpdateConsumerOffset:
		return p.updateConsumerOffset(ctx, rc)
	default:
		return p.queryConsumerOffset(ctx, rc)
	}
}

// getConsumerListByGroup lists the client ids of a group: the first step of sharing out its queues.
//
// Java: ConsumerManageProcessor#getConsumerListByGroup (5.5.0).
func (p *ConsumerManageProcessor) getConsumerListByGroup(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	_, step := traceGetConsumerListByGroup(ctx)
	defer step.End(&err)
	h, err := decode[header.GetConsumerListByGroupRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	g, ok := p.consumers.Group(h.ConsumerGroup)
	if !ok || len(g.Clients) == 0 {
		return nil, refuse(protocol.SystemError, "no consumer for this group, %s", h.ConsumerGroup)
	}
	var list body.GetConsumerListByGroupResponseBody
	for _, c := range g.Clients {
		list.ConsumerIDList = append(list.ConsumerIDList, c.ClientID)
	}
	return success(nil, list.Encode()), nil
}

// updateConsumerOffset notes how far a group is.
//
// Java: ConsumerManageProcessor#updateConsumerOffset (5.5.0).
func (p *ConsumerManageProcessor) updateConsumerOffset(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	_, step := traceUpdateConsumerOffset(ctx)
	defer step.End(&err)
	h, err := decode[header.UpdateConsumerOffsetRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if !p.groups.Contains(h.ConsumerGroup) {
		return nil, refuse(protocol.SubscriptionGroupNotExist, "Group %s not exist!", h.ConsumerGroup)
	}
	if p.topics.SelectTopicConfig(h.Topic) == nil {
		return nil, refuse(protocol.TopicNotExist, "Topic %s not exist!", h.Topic)
	}
	if h.QueueID < 0 || h.CommitOffset < 0 {
		return nil, refuse(protocol.InvalidParameter, "QueueId %d and offset %d must not be negative, topic is %s", h.QueueID, h.CommitOffset, h.Topic)
	}
	if p.offsets.HasOffsetReset(h.Topic, h.ConsumerGroup, h.QueueID) {
		return protocol.NewResponse(protocol.Success, "Offset has been previously reset"), nil
	}
	p.offsets.CommitOffset(rc.Channel.String(), h.ConsumerGroup, h.Topic, h.QueueID, h.CommitOffset)
	return success(nil, nil), nil
}

// queryConsumerOffset answers how far a group is. A group that is new to a queue which still has its first message starts
// there; otherwise the consumer decides.
//
// Java: ConsumerManageProcessor#queryConsumerOffset (5.5.0).
func (p *ConsumerManageProcessor) queryConsumerOffset(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	_, step := traceQueryConsumerOffset(ctx)
	defer step.End(&err)
	h, err := decode[header.QueryConsumerOffsetRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if off := p.offsets.QueryOffset(h.ConsumerGroup, h.Topic, h.QueueID); off >= 0 {
		return success(&header.QueryConsumerOffsetResponseHeader{Offset: off}, nil), nil
	}
	if !h.SetZeroIfNotFound.Or(true) {
		return nil, refuse(protocol.QueryNotFound, "Not found, do not set to zero, maybe this group boot first")
	}
	if p.topics.SelectTopicConfig(h.Topic) != nil && p.store.MinOffsetInQueue(h.Topic, h.QueueID) <= 0 && p.store.MaxOffsetInQueue(h.Topic, h.QueueID) > 0 {
		return success(&header.QueryConsumerOffsetResponseHeader{Offset: 0}, nil), nil
	}
	return nil, refuse(protocol.QueryNotFound, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first")
}
