package processor

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// getBrokerClusterInfo answers GET_BROKER_CLUSTER_INFO (106).
//
// Java: namesrv.processor.DefaultRequestProcessor#getBrokerClusterInfo (5.5.0).
func (p *DefaultRequestProcessor) getBrokerClusterInfo(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	info := p.routes.GetAllClusterInfo()
	resp := success()
	resp.Body = info.Encode()
	return resp, nil
}

// getBrokerMemberGroup answers GET_BROKER_MEMBER_GROUP (901).
//
// Java: namesrv.processor.DefaultRequestProcessor#getBrokerMemberGroup (5.5.0).
func (p *DefaultRequestProcessor) getBrokerMemberGroup(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetBrokerMemberGroupRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	group := p.routes.GetBrokerMemberGroup(h.ClusterName, h.BrokerName)
	resp := success()
	resp.Body = (&body.GetBrokerMemberGroupResponseBody{BrokerMemberGroup: &group}).Encode()
	return resp, nil
}

// wipeWritePermOfBroker answers WIPE_WRITE_PERM_OF_BROKER (205).
//
// Java: namesrv.processor.DefaultRequestProcessor#wipeWritePermOfBroker (5.5.0).
func (p *DefaultRequestProcessor) wipeWritePermOfBroker(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.WipeWritePermOfBrokerRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	topics := p.routes.WipeWritePermOfBroker(h.BrokerName)
	observ.Logger(ctx, p.log).Info("write permission wiped", zap.String("broker", h.BrokerName), zap.Int("topics", topics), zap.Stringer("client", rc.Channel.RemoteAddr()))
	resp := success()
	resp.Header = &header.WipeWritePermOfBrokerResponseHeader{WipeTopicCount: int32(topics)}
	return resp, nil
}

// addWritePermOfBroker answers ADD_WRITE_PERM_OF_BROKER (327).
//
// Java: namesrv.processor.DefaultRequestProcessor#addWritePermOfBroker (5.5.0).
func (p *DefaultRequestProcessor) addWritePermOfBroker(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.AddWritePermOfBrokerRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	topics := p.routes.AddWritePermOfBroker(h.BrokerName)
	observ.Logger(ctx, p.log).Info("write permission added", zap.String("broker", h.BrokerName), zap.Int("topics", topics), zap.Stringer("client", rc.Channel.RemoteAddr()))
	resp := success()
	resp.Header = &header.AddWritePermOfBrokerResponseHeader{AddTopicCount: int32(topics)}
	return resp, nil
}
