package processor

import (
	"context"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// getBrokerRuntimeInfo (28) tells how the broker is doing, as strings.
//
// Java: AdminBrokerProcessor#getBrokerRuntimeInfo (5.5.0).
func (p *AdminBrokerProcessor) getBrokerRuntimeInfo(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	info := body.KVTable{Table: p.Broker.RuntimeInfo()}
	return success(nil, info.Encode()), nil
}

// getBrokerConfig (26) tells the configuration, as the text of a broker.conf.
//
// Java: AdminBrokerProcessor#getBrokerConfig (5.5.0).
func (p *AdminBrokerProcessor) getBrokerConfig(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	_, version := p.Topics.Snapshot()
	return success(&header.GetBrokerConfigResponseHeader{Version: string(version.Encode())}, []byte(p.Broker.FormatConfig())), nil
}

// updateBrokerConfig (25) changes settings that may be changed while the broker runs.
//
// Java: AdminBrokerProcessor#updateBrokerConfig (5.5.0), which allows whatever is not on a list; here it is what is on one.
func (p *AdminBrokerProcessor) updateBrokerConfig(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	p.audit(ctx, rc, string(rc.Request.Body))
	if err := p.Broker.UpdateConfig(string(rc.Request.Body)); err != nil {
		return nil, protocol.NewResponseError(protocol.NoPermission, err.Error())
	}
	return success(nil, nil), nil
}
