package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// CheckClientInBroker asks a broker whether a subscription that is not by tags would do.
//
// Java: MQClientAPIImpl#checkClientInBroker (5.5.0).
func (a *MQClientAPIImpl) CheckClientInBroker(ctx context.Context, addr string, b *body.CheckClientRequestBody) error {
	_, err := a.call(ctx, addr, protocol.CheckClientConfig, nil, b.Encode())
	return err
}
