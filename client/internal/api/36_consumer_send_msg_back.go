package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// ConsumerSendMessageBack gives a message that could not be processed back to its broker, which stores it anew for the group's
// retry topic or its dead letters.
//
// Java: MQClientAPIImpl#consumerSendMessageBack (5.5.0).
func (a *MQClientAPIImpl) ConsumerSendMessageBack(ctx context.Context, addr string, h *header.ConsumerSendMsgBackRequestHeader) error {
	_, err := a.call(ctx, addr, protocol.ConsumerSendMsgBack, h, nil)
	return err
}
