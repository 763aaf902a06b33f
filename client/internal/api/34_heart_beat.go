package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// SendHeartbeat tells a broker which groups live here, and returns the broker's version.
//
// Java: MQClientAPIImpl#sendHeartbeat (5.5.0).
func (a *MQClientAPIImpl) SendHeartbeat(ctx context.Context, addr string, data *heartbeat.HeartbeatData) (version int32, err error) {
	resp, err := a.call(ctx, addr, protocol.HeartBeat, &header.HeartbeatRequestHeader{}, data.Encode())
	if err != nil {
		return 0, err
	}
	return resp.Version, nil
}
