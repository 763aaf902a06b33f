package processor

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// handle answers a pull with what the store found, or holds it.
//
// Java: broker.processor.DefaultPullMessageResultHandler#handle (5.5.0).
func (p *PullMessageProcessor) handle(ctx context.Context, q *pulling, r *store.GetMessageResult) (*protocol.RemotingCommand, error) {
	h := &q.header
	code := pullCode(r.Status, h.QueueOffset)
	p.tryCommitOffset(q, r.NextBeginOffset)
	switch code {
	case protocol.PullNotFound:
		if q.maySuspend && h.SysFlag&header.PullSuspend != 0 {
			p.suspend(ctx, q)
			return nil, nil
		}
	case protocol.PullOffsetMoved:
		observ.Logger(ctx, p.cfg.Logger).Info("offset of a pull corrected", zap.String("group", h.ConsumerGroup), zap.String("topic", h.Topic),
			zap.Int32("queueId", h.QueueID), zap.Int64("offset", h.QueueOffset), zap.Int64("corrected", r.NextBeginOffset), zap.Stringer("status", r.Status))
	case protocol.Success:
		p.Stats.GroupGet(h.ConsumerGroup, h.Topic, int64(r.MessageCount()))
		p.Traffic.get(h.ConsumerGroup, h.Topic, r)
	}
	tracePullResult(ctx, r)
	resp := protocol.NewResponse(code, r.Status.String())
	resp.Header, resp.Body = p.responseHeader(q, r), r.Buffer
	return resp, nil
}

// pullCode translates a status of the store.
//
// Java: PullMessageProcessor#composeResponseHeader (5.5.0).
func pullCode(status store.GetMessageStatus, requested int64) protocol.ResponseCode {
	switch status {
	case store.Found:
		return protocol.Success
	case store.MessageWasRemoving, store.NoMatchedMessage:
		return protocol.PullRetryImmediately
	case store.NoMatchedLogicQueue, store.NoMessageInQueue:
		if requested != 0 {
			return protocol.PullOffsetMoved
		}
		return protocol.PullNotFound
	case store.OffsetFoundNull, store.OffsetOverflowOne:
		return protocol.PullNotFound
	default: // OffsetOverflowBadly, OffsetReset, OffsetTooSmall
		return protocol.PullOffsetMoved
	}
}

func (p *PullMessageProcessor) responseHeader(q *pulling, r *store.GetMessageResult) *header.PullMessageResponseHeader {
	h := &header.PullMessageResponseHeader{
		NextBeginOffset: r.NextBeginOffset, MinOffset: r.MinOffset, MaxOffset: r.MaxOffset,
		TopicSysFlag: q.topic.TopicSysFlag, GroupSysFlag: q.group.GroupSysFlag,
	}
	if p.cfg.SlaveReadEnable {
		h.SuggestWhichBrokerID = q.group.BrokerID
		if r.SuggestPullingFromSlave {
			h.SuggestWhichBrokerID = q.group.WhichBrokerWhenConsumeSlowly
		}
	}
	return h
}

// tryCommitOffset notes how far the pull got and, the first time round, the offset that came with it.
//
// Java: PullMessageProcessor#tryCommitOffset (5.5.0).
func (p *PullMessageProcessor) tryCommitOffset(q *pulling, next int64) {
	h := &q.header
	p.Offsets.CommitPullOffset(h.ConsumerGroup, h.Topic, h.QueueID, next)
	if q.maySuspend && h.SysFlag&header.PullCommitOffset != 0 {
		p.Offsets.CommitOffset(q.rc.Channel.String(), h.ConsumerGroup, h.Topic, h.QueueID, h.CommitOffset)
	}
}
