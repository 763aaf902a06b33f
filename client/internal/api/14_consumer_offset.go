package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// QueryConsumerOffset asks how far a group has come in a queue. A group that is new there is a *protocol.ResponseError with
// protocol.QueryNotFound.
//
// Java: MQClientAPIImpl#queryConsumerOffset (5.5.0).
func (a *MQClientAPIImpl) QueryConsumerOffset(ctx context.Context, addr string, h *header.QueryConsumerOffsetRequestHeader) (int64, error) {
	resp, err := a.call(ctx, addr, protocol.QueryConsumerOffset, h, nil)
	if err != nil {
		return 0, err
	}
	var out header.QueryConsumerOffsetResponseHeader
	if err := resp.DecodeHeader(&out); err != nil {
		return 0, malformed(addr, protocol.QueryConsumerOffset, err)
	}
	return out.Offset, nil
}

// UpdateConsumerOffset stores how far a group has come in a queue, and waits for the answer.
//
// Java: MQClientAPIImpl#updateConsumerOffset (5.5.0).
func (a *MQClientAPIImpl) UpdateConsumerOffset(ctx context.Context, addr string, h *header.UpdateConsumerOffsetRequestHeader) error {
	_, err := a.call(ctx, addr, protocol.UpdateConsumerOffset, h, nil)
	return err
}

// UpdateConsumerOffsetOneway is UpdateConsumerOffset without an answer.
//
// Java: MQClientAPIImpl#updateConsumerOffsetOneway (5.5.0).
func (a *MQClientAPIImpl) UpdateConsumerOffsetOneway(ctx context.Context, addr string, h *header.UpdateConsumerOffsetRequestHeader) error {
	return a.remoting.InvokeOneway(ctx, addr, protocol.NewRequest(protocol.UpdateConsumerOffset, h))
}
