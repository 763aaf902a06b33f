package processor

import (
	"context"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// searchOffsetByTimestamp (29) finds the message of a queue that was stored at a time.
//
// Java: AdminBrokerProcessor#searchOffsetByTimestamp (5.5.0).
func (p *AdminBrokerProcessor) searchOffsetByTimestamp(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.SearchOffsetRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if err := validTopic(h.Topic); err != nil {
		return nil, err
	}
	boundary := store.Lower
	if h.BoundaryType == header.BoundaryUpper {
		boundary = store.Upper
	}
	off, err := p.Store.OffsetInQueueByTime(h.Topic, h.QueueID, h.Timestamp, boundary)
	if err != nil {
		return nil, err
	}
	return success(&header.SearchOffsetResponseHeader{Offset: off}, nil), nil
}

// getMaxOffset (30) tells where a queue ends.
//
// Java: AdminBrokerProcessor#getMaxOffset (5.5.0).
func (p *AdminBrokerProcessor) getMaxOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetMaxOffsetRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if err := validTopic(h.Topic); err != nil {
		return nil, err
	}
	return success(&header.GetMaxOffsetResponseHeader{Offset: p.Store.MaxOffsetInQueue(h.Topic, h.QueueID)}, nil), nil
}

// getMinOffset (31) tells where a queue begins.
//
// Java: AdminBrokerProcessor#getMinOffset (5.5.0).
func (p *AdminBrokerProcessor) getMinOffset(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetMinOffsetRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if err := validTopic(h.Topic); err != nil {
		return nil, err
	}
	return success(&header.GetMinOffsetResponseHeader{Offset: p.Store.MinOffsetInQueue(h.Topic, h.QueueID)}, nil), nil
}

// getEarliestMsgStoretime (32) tells when the first message of a queue was stored.
//
// Java: AdminBrokerProcessor#getEarliestMsgStoretime (5.5.0).
func (p *AdminBrokerProcessor) getEarliestMsgStoretime(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetEarliestMsgStoretimeRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if err := validTopic(h.Topic); err != nil {
		return nil, err
	}
	at := p.Store.EarliestMessageTime(h.Topic, h.QueueID)
	return success(&header.GetEarliestMsgStoretimeResponseHeader{Timestamp: at}, nil), nil
}

// getAllConsumerOffset (43) dumps the offsets, for slaves and tools.
func (p *AdminBrokerProcessor) getAllConsumerOffset(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	return success(nil, p.Offsets.Encode()), nil
}

// getAllDelayOffset (45) dumps the delay offsets, for slaves and tools.
func (p *AdminBrokerProcessor) getAllDelayOffset(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	return success(nil, p.Broker.DelayOffsets()), nil
}
