package processor

import (
	"context"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// QueueLocks are the locks of groups that consume in order. *rebalance.LockManager has them.
type QueueLocks interface {
	TryLockBatch(group, clientID string, queues []message.MessageQueue) []message.MessageQueue
	UnlockBatch(group, clientID string, queues []message.MessageQueue)
}

// lockBatchMQ (41) takes or renews locks and tells which are held now.
//
// Java: AdminBrokerProcessor#lockBatchMQ (5.5.0).
func (p *AdminBrokerProcessor) lockBatchMQ(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var req body.LockBatchRequestBody
	if err := req.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	if err := validGroup(req.ConsumerGroup); err != nil {
		return nil, err
	}
	held := body.LockBatchResponseBody{LockOKMQSet: p.Locks.TryLockBatch(req.ConsumerGroup, req.ClientID, req.MQSet)}
	return success(nil, held.Encode()), nil
}

// unlockBatchMQ (42) gives locks back.
//
// Java: AdminBrokerProcessor#unlockBatchMQ (5.5.0).
func (p *AdminBrokerProcessor) unlockBatchMQ(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var req body.UnlockBatchRequestBody
	if err := req.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	p.Locks.UnlockBatch(req.ConsumerGroup, req.ClientID, req.MQSet)
	return success(nil, nil), nil
}
