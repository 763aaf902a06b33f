package processor

import (
	"context"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// putKVConfig answers PUT_KV_CONFIG (100).
//
// Java: namesrv.processor.DefaultRequestProcessor#putKVConfig (5.5.0).
func (p *DefaultRequestProcessor) putKVConfig(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.PutKVConfigRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	// The header's strings share a buffer with the whole request.
	namespace, key, value := strings.Clone(h.Namespace), strings.Clone(h.Key), strings.Clone(h.Value)
	if err := p.kv.PutKVConfig(namespace, key, value); err != nil {
		return nil, err
	}
	observ.Logger(ctx, p.log).Info("KV config put", zap.String("namespace", namespace), zap.String("key", key), zap.Stringer("client", rc.Channel.RemoteAddr()))
	return success(), nil
}

// getKVConfig answers GET_KV_CONFIG (101).
//
// Java: namesrv.processor.DefaultRequestProcessor#getKVConfig (5.5.0).
func (p *DefaultRequestProcessor) getKVConfig(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetKVConfigRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	value, ok := p.kv.GetKVConfig(h.Namespace, h.Key)
	if !ok {
		return nil, protocol.NewResponseError(protocol.QueryNotFound, "No config item, Namespace: "+h.Namespace+" Key: "+h.Key)
	}
	resp := success()
	resp.Header = &header.GetKVConfigResponseHeader{Value: value}
	return resp, nil
}

// deleteKVConfig answers DELETE_KV_CONFIG (102).
//
// Java: namesrv.processor.DefaultRequestProcessor#deleteKVConfig (5.5.0).
func (p *DefaultRequestProcessor) deleteKVConfig(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.DeleteKVConfigRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	if err := p.kv.DeleteKVConfig(h.Namespace, h.Key); err != nil {
		return nil, err
	}
	observ.Logger(ctx, p.log).Info("KV config deleted", zap.String("namespace", h.Namespace), zap.String("key", h.Key), zap.Stringer("client", rc.Channel.RemoteAddr()))
	return success(), nil
}

// getKVListByNamespace answers GET_KVLIST_BY_NAMESPACE (219).
//
// Java: namesrv.processor.DefaultRequestProcessor#getKVListByNamespace (5.5.0).
func (p *DefaultRequestProcessor) getKVListByNamespace(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetKVListByNamespaceRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	values, ok := p.kv.GetKVListByNamespace(h.Namespace)
	if !ok {
		return nil, protocol.NewResponseError(protocol.QueryNotFound, "No config item, Namespace: "+h.Namespace)
	}
	resp := success()
	resp.Body = (&body.KVTable{Table: values}).Encode()
	return resp, nil
}
