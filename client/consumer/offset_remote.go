package consumer

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// remoteOffsets keeps a clustering group's offsets at the brokers of its queues.
//
// Java: client.consumer.store.RemoteBrokerOffsetStore (5.5.0).
type remoteOffsets struct {
	offsetTable
	instance  *instance.MQClientInstance
	component *observ.Component
	metrics   *instruments
	group     string
	namespace string
	log       *zap.Logger
}

func (r *remoteOffsets) load() error { return nil } // brokers are asked queue by queue

func (r *remoteOffsets) fetch(ctx context.Context, mq message.MessageQueue) (int64, error) {
	addr := r.instance.FindBrokerAddressInPublish(ctx, mq.BrokerName)
	if addr == "" {
		return 0, errNoRoute
	}
	h := &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: r.group, Topic: mq.Topic, QueueID: mq.QueueID}
	h.BrokerName = mq.BrokerName
	offset, err := r.instance.API().QueryConsumerOffset(ctx, addr, h)
	var refused *protocol.ResponseError
	if errors.As(err, &refused) && refused.Code == protocol.QueryNotFound {
		return 0, errNoOffset
	}
	if err == nil {
		r.loaded(mq, offset)
	}
	return offset, err
}

func (r *remoteOffsets) persist(ctx context.Context, mq message.MessageQueue) {
	if offset, ok := r.takeDirtyOf(mq); ok {
		r.commit(ctx, map[message.MessageQueue]int64{mq: offset}, true)
	}
}

func (r *remoteOffsets) persistAll(ctx context.Context, last bool) {
	if changed := r.takeDirty(); len(changed) > 0 {
		r.commit(ctx, changed, last)
	}
}

// commit tells the brokers, one-way or waiting for their answers. What could not be stored is tried again the next time.
//
// A queue's next owner asks for the offset as soon as it may have the queue, so the last commit before that has to be there.
func (r *remoteOffsets) commit(ctx context.Context, changed map[message.MessageQueue]int64, wait bool) {
	ctx, step := r.traceCommit(ctx, changed)
	defer step.End(nil)
	began, failed := r.metrics.now(), error(nil)
	defer func() { r.metrics.settled(began, commit, "", failed, step) }()
	for mq, offset := range changed {
		if err := r.send(ctx, mq, offset, wait); err != nil {
			r.failed(mq)
			failed = err
			observ.Logger(ctx, r.log).Warn("commit offset", zap.Stringer("queue", mq), zap.Int64("offset", offset), zap.Error(err))
		}
	}
}

func (r *remoteOffsets) send(ctx context.Context, mq message.MessageQueue, offset int64, wait bool) error {
	addr := r.instance.FindBrokerAddressInPublish(ctx, mq.BrokerName)
	if addr == "" {
		return errNoRoute
	}
	h := &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: r.group, Topic: mq.Topic, QueueID: mq.QueueID, CommitOffset: offset}
	h.BrokerName = mq.BrokerName
	if wait {
		return r.instance.API().UpdateConsumerOffset(ctx, addr, h)
	}
	return r.instance.API().UpdateConsumerOffsetOneway(ctx, addr, h)
}
