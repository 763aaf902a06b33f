package processor

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/plumemq/plume/namesrv/kvconfig"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// DefaultRequestProcessor answers every code but route queries.
//
// Java: namesrv.processor.DefaultRequestProcessor (5.5.0).
type DefaultRequestProcessor struct {
	routes *routeinfo.RouteInfoManager
	kv     *kvconfig.Manager
	config Configuration
	log    *zap.Logger
}

// NewDefaultRequestProcessor makes a processor over the tables. A nil log stays silent.
func NewDefaultRequestProcessor(routes *routeinfo.RouteInfoManager, kv *kvconfig.Manager, config Configuration, log *zap.Logger) *DefaultRequestProcessor {
	if log == nil {
		log = zap.NewNop()
	}
	return &DefaultRequestProcessor{routes: routes, kv: kv, config: config, log: log}
}

// handler answers one request code.
type handler func(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error)

// ProcessRequest answers one request; a code that is not a name server's gets REQUEST_CODE_NOT_SUPPORTED.
//
// Java: namesrv.processor.DefaultRequestProcessor#processRequest (5.5.0).
func (p *DefaultRequestProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if h := p.handlerOf(protocol.RequestCode(rc.Request.Code)); h != nil {
		return h(ctx, rc)
	}
	return nil, protocol.NewResponseError(protocol.RequestCodeNotSupported, fmt.Sprintf(" request type %d not supported", rc.Request.Code))
}

func (p *DefaultRequestProcessor) handlerOf(code protocol.RequestCode) handler {
	switch code {
	case protocol.PutKVConfig:
		return p.putKVConfig
	case protocol.GetKVConfig:
		return p.getKVConfig
	case protocol.DeleteKVConfig:
		return p.deleteKVConfig
	case protocol.GetKVListByNamespace:
		return p.getKVListByNamespace
	case protocol.RegisterBroker:
		return p.registerBroker
	case protocol.UnregisterBroker:
		return p.unregisterBroker
	case protocol.QueryDataVersion:
		return p.queryBrokerTopicConfig
	case protocol.BrokerHeartbeat:
		return p.brokerHeartbeat
	case protocol.GetBrokerMemberGroup:
		return p.getBrokerMemberGroup
	case protocol.GetBrokerClusterInfo:
		return p.getBrokerClusterInfo
	case protocol.WipeWritePermOfBroker:
		return p.wipeWritePermOfBroker
	case protocol.AddWritePermOfBroker:
		return p.addWritePermOfBroker
	case protocol.UpdateNamesrvConfig:
		return p.updateConfig
	case protocol.GetNamesrvConfig:
		return p.getConfig
	}
	return p.topicHandlerOf(code)
}

func (p *DefaultRequestProcessor) topicHandlerOf(code protocol.RequestCode) handler {
	switch code {
	case protocol.GetAllTopicListFromNameServer:
		return p.getAllTopicListFromNameserver
	case protocol.DeleteTopicInNamesrv:
		return p.deleteTopicInNamesrv
	case protocol.RegisterTopicInNamesrv:
		return p.registerTopicToNamesrv
	case protocol.GetTopicsByCluster:
		return p.getTopicsByCluster
	case protocol.GetSystemTopicListFromNS:
		return p.getSystemTopicListFromNs
	case protocol.GetUnitTopicList:
		return p.topicList(p.routes.GetUnitTopics)
	case protocol.GetHasUnitSubTopicList:
		return p.topicList(p.routes.GetHasUnitSubTopicList)
	case protocol.GetHasUnitSubUnunitTopicList:
		return p.topicList(p.routes.GetHasUnitSubUnUnitTopicList)
	}
	return nil
}

func systemError(remark string) error { return protocol.NewResponseError(protocol.SystemError, remark) }
