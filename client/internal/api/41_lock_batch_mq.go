package api

import (
	"context"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// LockBatchMQ locks queues of one broker for a client of a group, for 60 s, and returns those that it now holds.
//
// Java: MQClientAPIImpl#lockBatchMQ (5.5.0).
func (a *MQClientAPIImpl) LockBatchMQ(ctx context.Context, addr string, b *body.LockBatchRequestBody) ([]message.MessageQueue, error) {
	resp, err := a.call(ctx, addr, protocol.LockBatchMQ, &header.LockBatchMqRequestHeader{}, b.Encode())
	if err != nil {
		return nil, err
	}
	var out body.LockBatchResponseBody
	if err := out.Decode(resp.Body); err != nil {
		return nil, malformed(addr, protocol.LockBatchMQ, err)
	}
	return out.LockOKMQSet, nil
}

// UnlockBatchMQ gives queues of one broker free.
//
// Java: MQClientAPIImpl#unlockBatchMQ (5.5.0).
func (a *MQClientAPIImpl) UnlockBatchMQ(ctx context.Context, addr string, b *body.UnlockBatchRequestBody) error {
	_, err := a.call(ctx, addr, protocol.UnlockBatchMQ, &header.UnlockBatchMqRequestHeader{}, b.Encode())
	return err
}

// UnlockBatchMQOneway is UnlockBatchMQ without an answer.
func (a *MQClientAPIImpl) UnlockBatchMQOneway(ctx context.Context, addr string, b *body.UnlockBatchRequestBody) error {
	req := protocol.NewRequest(protocol.UnlockBatchMQ, &header.UnlockBatchMqRequestHeader{})
	req.Body = b.Encode()
	return a.remoting.InvokeOneway(ctx, addr, req)
}
