package processor

import (
	"context"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// disabled is Apache's remark for a listing that is switched off.
const disabled = "disable"

// getAllTopicListFromNameserver answers GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206).
//
// Java: namesrv.processor.DefaultRequestProcessor#getAllTopicListFromNameserver (5.5.0).
func (p *DefaultRequestProcessor) getAllTopicListFromNameserver(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if !p.config.Settings().EnableAllTopicList {
		return nil, systemError(disabled)
	}
	return topicListResponse(p.routes.GetAllTopicList()), nil
}

// getTopicsByCluster answers GET_TOPICS_BY_CLUSTER (224).
//
// Java: namesrv.processor.DefaultRequestProcessor#getTopicsByCluster (5.5.0).
func (p *DefaultRequestProcessor) getTopicsByCluster(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if !p.config.Settings().EnableTopicList {
		return nil, systemError(disabled)
	}
	var h header.GetTopicsByClusterRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	return topicListResponse(p.routes.GetTopicsByCluster(h.Cluster)), nil
}

// getSystemTopicListFromNs answers GET_SYSTEM_TOPIC_LIST_FROM_NS (304).
//
// Java: namesrv.processor.DefaultRequestProcessor#getSystemTopicListFromNs (5.5.0).
func (p *DefaultRequestProcessor) getSystemTopicListFromNs(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	return topicListResponse(p.routes.GetSystemTopicList()), nil
}

// topicList answers GET_UNIT_TOPIC_LIST (311), GET_HAS_UNIT_SUB_TOPIC_LIST (312) and GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST (313).
//
// Java: namesrv.processor.DefaultRequestProcessor#getUnitTopicList, #getHasUnitSubTopicList, #getHasUnitSubUnUnitTopicList (5.5.0).
func (p *DefaultRequestProcessor) topicList(list func() body.TopicList) handler {
	return func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		if !p.config.Settings().EnableTopicList {
			return nil, systemError(disabled)
		}
		return topicListResponse(list()), nil
	}
}

func topicListResponse(list body.TopicList) *protocol.RemotingCommand {
	resp := success()
	resp.Body = list.Encode()
	return resp
}

// registerTopicToNamesrv answers REGISTER_TOPIC_IN_NAMESRV (217). Unlike Apache's it refuses names that no broker would take.
//
// Java: namesrv.processor.DefaultRequestProcessor#registerTopicToNamesrv (5.5.0).
func (p *DefaultRequestProcessor) registerTopicToNamesrv(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.RegisterTopicRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	if err := message.ValidateTopic(h.Topic); err != nil {
		return nil, systemError(err.Error())
	}
	var data route.TopicRouteData
	if err := data.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	p.routes.RegisterTopic(strings.Clone(h.Topic), data.QueueDatas)
	return success(), nil
}

// deleteTopicInNamesrv answers DELETE_TOPIC_IN_NAMESRV (216).
//
// Java: namesrv.processor.DefaultRequestProcessor#deleteTopicInNamesrv (5.5.0).
func (p *DefaultRequestProcessor) deleteTopicInNamesrv(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.DeleteTopicFromNamesrvRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	p.routes.DeleteTopic(h.Topic, h.ClusterName)
	observ.Logger(ctx, p.log).Info("topic deleted", zap.String("topic", h.Topic), zap.String("cluster", h.ClusterName), zap.Stringer("client", rc.Channel.RemoteAddr()))
	return success(), nil
}
