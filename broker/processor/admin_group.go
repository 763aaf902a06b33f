package processor

import (
	"context"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// updateAndCreateSubscriptionGroup (200) creates or replaces a group.
//
// Java: AdminBrokerProcessor#updateAndCreateSubscriptionGroup (5.5.0).
func (p *AdminBrokerProcessor) updateAndCreateSubscriptionGroup(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	began := p.Traffic.now()
	defer func() { p.Traffic.groupMade(ctx, began, err) }()
	var g body.SubscriptionGroupConfig
	if err := g.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	p.audit(ctx, rc, g.GroupName)
	if err := validGroup(g.GroupName); err != nil {
		return nil, err
	}
	if g.RetryQueueNums > maxQueues {
		return nil, refuse(protocol.InvalidParameter, "group[%s]: retryQueueNums %d is above %d", g.GroupName, g.RetryQueueNums, maxQueues)
	}
	if err := p.Groups.UpdateSubscriptionGroupConfig(g); err != nil {
		return nil, err
	}
	return success(nil, nil), nil
}

// getAllSubscriptionGroup (201) dumps all groups, in one page whatever page was asked for.
//
// Java: AdminBrokerProcessor#getAllSubscriptionGroup (5.5.0).
func (p *AdminBrokerProcessor) getAllSubscriptionGroup(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	all := p.Groups.Snapshot()
	return success(&header.GetAllSubscriptionGroupResponseHeader{TotalGroupNum: int32(len(all.SubscriptionGroupTable))}, all.Encode()), nil
}

// getSubscriptionGroup (352) describes one group. As in Apache, asking makes it if groups may be made so.
//
// Java: AdminBrokerProcessor#getSubscriptionGroup (5.5.0).
func (p *AdminBrokerProcessor) getSubscriptionGroup(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetSubscriptionGroupConfigRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	g, err := p.Groups.FindSubscriptionGroupConfig(h.Group)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, refuse(protocol.SubscriptionGroupNotExist, "No group in this broker")
	}
	return success(nil, g.Encode()), nil
}

// deleteSubscriptionGroup (207) forgets a group and, if asked, its offsets.
//
// Java: AdminBrokerProcessor#deleteSubscriptionGroup (5.5.0).
func (p *AdminBrokerProcessor) deleteSubscriptionGroup(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.DeleteSubscriptionGroupRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	p.audit(ctx, rc, h.GroupName)
	if err := p.Groups.DeleteSubscriptionGroupConfig(h.GroupName); err != nil {
		return nil, err
	}
	if h.CleanOffset {
		p.Offsets.RemoveOffset(h.GroupName)
	}
	return success(nil, nil), nil
}
