package api

import (
	"context"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// SearchOffset is the first offset of a queue stored at t or later.
//
// Java: MQClientAPIImpl#searchOffset (5.5.0).
func (a *MQClientAPIImpl) SearchOffset(ctx context.Context, addr string, mq message.MessageQueue, t time.Time) (int64, error) {
	h := &header.SearchOffsetRequestHeader{Topic: mq.Topic, QueueID: mq.QueueID, Timestamp: t.UnixMilli(), BoundaryType: header.BoundaryLower}
	h.BrokerName = mq.BrokerName
	resp, err := a.call(ctx, addr, protocol.SearchOffsetByTimestamp, h, nil)
	if err != nil {
		return 0, err
	}
	var out header.SearchOffsetResponseHeader
	err = decode(addr, protocol.SearchOffsetByTimestamp, resp, &out)
	return out.Offset, err
}

// GetMaxOffset is one behind the last offset of a queue.
//
// Java: MQClientAPIImpl#getMaxOffset (5.5.0).
func (a *MQClientAPIImpl) GetMaxOffset(ctx context.Context, addr string, mq message.MessageQueue) (int64, error) {
	h := &header.GetMaxOffsetRequestHeader{Topic: mq.Topic, QueueID: mq.QueueID}
	h.BrokerName = mq.BrokerName
	resp, err := a.call(ctx, addr, protocol.GetMaxOffset, h, nil)
	if err != nil {
		return 0, err
	}
	var out header.GetMaxOffsetResponseHeader
	err = decode(addr, protocol.GetMaxOffset, resp, &out)
	return out.Offset, err
}

// GetMinOffset is the first offset of a queue.
//
// Java: MQClientAPIImpl#getMinOffset (5.5.0).
func (a *MQClientAPIImpl) GetMinOffset(ctx context.Context, addr string, mq message.MessageQueue) (int64, error) {
	h := &header.GetMinOffsetRequestHeader{Topic: mq.Topic, QueueID: mq.QueueID}
	h.BrokerName = mq.BrokerName
	resp, err := a.call(ctx, addr, protocol.GetMinOffset, h, nil)
	if err != nil {
		return 0, err
	}
	var out header.GetMinOffsetResponseHeader
	err = decode(addr, protocol.GetMinOffset, resp, &out)
	return out.Offset, err
}

func decode(addr string, code protocol.RequestCode, resp *protocol.RemotingCommand, h protocol.CustomHeader) error {
	if err := resp.DecodeHeader(h); err != nil {
		return malformed(addr, code, err)
	}
	return nil
}
