package processor

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"github.com/plumemq/plume/namesrv/kvconfig"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// registerBroker answers REGISTER_BROKER (103).
//
// Java: namesrv.processor.DefaultRequestProcessor#registerBroker (5.5.0).
func (p *DefaultRequestProcessor) registerBroker(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.RegisterBrokerRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	if !checksum(rc.Request.Body, h.BodyCRC32) {
		return nil, systemError("crc32 not match")
	}
	r, err := registration(rc, &h)
	if err != nil {
		return nil, err
	}
	result, err := p.routes.RegisterBroker(ctx, r)
	if errors.Is(err, routeinfo.ErrFirstRegistrationPartial) {
		return nil, systemError("register broker failed")
	}
	if err != nil {
		return nil, err
	}
	resp := success()
	resp.Header = &header.RegisterBrokerResponseHeader{HAServerAddr: result.HAServerAddr, MasterAddr: result.MasterAddr}
	if p.config.Settings().ReturnOrderTopicConfigToBroker {
		if values, ok := p.kv.GetKVListByNamespace(kvconfig.NamespaceOrderTopicConfig); ok {
			resp.Body = (&body.KVTable{Table: values}).Encode()
		}
	}
	return resp, nil
}

// checksum compares a body with its CRC-32 as Java keeps it, without the sign bit. Zero means that there is none.
//
// Java: namesrv.processor.DefaultRequestProcessor#checksum (5.5.0).
func checksum(data []byte, want int32) bool {
	return want == 0 || int32(crc32.ChecksumIEEE(data)&0x7FFFFFFF) == want
}

// registration gathers what header, ext fields and body say.
func registration(rc *remoting.RequestContext, h *header.RegisterBrokerRequestHeader) (*routeinfo.Registration, error) {
	content, err := registerBrokerBody(rc.Request)
	if err != nil {
		return nil, err
	}
	topics := content.TopicConfigSerializeWrapper
	r := &routeinfo.Registration{
		// Cloned: they stay in the tables, and share a buffer with the whole request.
		ClusterName: strings.Clone(h.ClusterName), BrokerAddr: strings.Clone(h.BrokerAddr), BrokerName: strings.Clone(h.BrokerName),
		BrokerID: h.BrokerID, HAServerAddr: strings.Clone(h.HAServerAddr),
		ZoneName:         strings.Clone(rc.Request.ExtFields.Get(zoneName)),
		HeartbeatTimeout: time.Duration(h.HeartbeatTimeoutMillis) * time.Millisecond,
		Topics:           topics.TopicConfigTable, DataVersion: topics.DataVersion,
		FilterServers: content.FilterServerList, Channel: rc.Channel,
	}
	if _, ok := rc.Request.ExtFields.Lookup("enableActingMaster"); ok {
		r.EnableActingMaster = &h.EnableActingMaster
	}
	return r, nil
}

// registerBrokerBody decodes the body, plain or deflated; none is an empty one.
//
// Java: namesrv.processor.DefaultRequestProcessor#extractRegisterBrokerBodyFromRequest (5.5.0).
func registerBrokerBody(req *protocol.RemotingCommand) (*body.RegisterBrokerBody, error) {
	content := new(body.RegisterBrokerBody)
	if len(req.Body) == 0 {
		return content, nil
	}
	if err := content.DecodeAny(req.Body); err != nil {
		return nil, fmt.Errorf("Failed to decode RegisterBrokerBody: %w", err) //nolint:staticcheck // Apache's remark
	}
	return content, nil
}

// unregisterBroker answers UNREGISTER_BROKER (104): it is done soon, not yet.
//
// Java: namesrv.processor.DefaultRequestProcessor#unregisterBroker (5.5.0).
func (p *DefaultRequestProcessor) unregisterBroker(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.UnRegisterBrokerRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	err := p.routes.SubmitUnRegisterBroker(ctx, strings.Clone(h.ClusterName), strings.Clone(h.BrokerAddr), strings.Clone(h.BrokerName), h.BrokerID)
	if err != nil {
		return nil, err
	}
	return success(), nil
}

// queryBrokerTopicConfig answers QUERY_DATA_VERSION (322), which also counts as a sign of life.
//
// Java: namesrv.processor.DefaultRequestProcessor#queryBrokerTopicConfig (5.5.0).
func (p *DefaultRequestProcessor) queryBrokerTopicConfig(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.QueryDataVersionRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	var version body.DataVersion
	if err := version.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	changed := p.routes.IsBrokerTopicConfigChanged(h.ClusterName, h.BrokerAddr, version)
	p.routes.UpdateBrokerInfoUpdateTimestamp(h.ClusterName, h.BrokerAddr)
	resp := success()
	resp.Header = &header.QueryDataVersionResponseHeader{Changed: changed}
	if known, ok := p.routes.QueryBrokerTopicConfig(h.ClusterName, h.BrokerAddr); ok {
		resp.Body = known.Encode()
	}
	return resp, nil
}

// brokerHeartbeat answers BROKER_HEARTBEAT (904).
//
// Java: namesrv.processor.DefaultRequestProcessor#brokerHeartbeat (5.5.0).
func (p *DefaultRequestProcessor) brokerHeartbeat(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.BrokerHeartbeatRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	p.routes.UpdateBrokerInfoUpdateTimestamp(h.ClusterName, h.BrokerAddr)
	return success(), nil
}
