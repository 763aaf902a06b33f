package processor

import (
	"context"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/namesrv/kvconfig"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// The ext fields by which a client asks for routes of its own zone only. Java: common.MixAll.
const (
	zoneName = "__ZONE_NAME"
	zoneMode = "__ZONE_MODE"
)

// versionV494 is the first version whose clients read standard JSON. Java: common.MQVersion.Version#V4_9_4.
const versionV494 = 401

// applyTopicAdvice ends the remark about a topic without a route, as Apache's does.
const applyTopicAdvice = "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."

// ClientRequestProcessor answers route queries.
//
// Java: namesrv.processor.ClientRequestProcessor (5.5.0).
type ClientRequestProcessor struct {
	routes  *routeinfo.RouteInfoManager
	kv      *kvconfig.Manager
	config  Configuration
	clock   clock.Clock
	started time.Time
	counts  routeRequests
}

// NewClientRequestProcessor makes a processor whose waiting time for service begins now. It counts in m, which may be nil.
func NewClientRequestProcessor(routes *routeinfo.RouteInfoManager, kv *kvconfig.Manager, config Configuration, c clock.Clock, m *metrics.Registry) *ClientRequestProcessor {
	return &ClientRequestProcessor{routes: routes, kv: kv, config: config, clock: c, started: c.Now(), counts: newRouteRequests(m)}
}

// ProcessRequest answers GET_ROUTEINFO_BY_TOPIC.
//
// Java: namesrv.processor.ClientRequestProcessor#processRequest (5.5.0).
func (p *ClientRequestProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	resp, err := p.getRouteInfoByTopic(ctx, rc.Request)
	p.counts.count(err)
	return resp, err
}

// getRouteInfoByTopic answers with the route of a topic, or TOPIC_NOT_EXIST: a name server never makes a topic.
//
// Java: namesrv.processor.ClientRequestProcessor#getRouteInfoByTopic (5.5.0).
func (p *ClientRequestProcessor) getRouteInfoByTopic(ctx context.Context, req *protocol.RemotingCommand) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceGetRouteInfoByTopic(ctx)
	defer step.End(&err)
	var h header.GetRouteInfoRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return nil, err
	}
	traceRouteAsked(step, &h)
	settings := p.config.Settings()
	if settings.NeedWaitForService && p.clock.Now().Sub(p.started) < settings.WaitForService {
		return nil, protocol.NewResponseError(protocol.SystemError, "name server not ready")
	}
	data, found := p.routes.PickupTopicRouteData(ctx, h.Topic)
	if !found {
		return nil, protocol.NewResponseError(protocol.TopicNotExist,
			"No topic route info in name server for the topic: "+h.Topic+applyTopicAdvice)
	}
	if settings.OrderMessageEnable {
		data.OrderTopicConf, _ = p.kv.GetKVConfig(kvconfig.NamespaceOrderTopicConfig, h.Topic)
	}
	keepZone(data, req.ExtFields)
	resp = success()
	if req.Version >= versionV494 || h.AcceptStandardJSONOnly {
		resp.Body = data.EncodeStandard()
	} else {
		resp.Body = data.Encode()
	}
	return resp, nil
}

// keepZone drops the brokers of other zones when the client asked for its own only. Groups without a master stay: somebody
// must be readable.
//
// Java: namesrv.route.ZoneRouteRPCHook#filterByZoneName (5.5.0).
func keepZone(data *route.TopicRouteData, fields protocol.ExtFields) {
	zone := strings.TrimSpace(fields.Get(zoneName))
	if zone == "" || !strings.EqualFold(fields.Get(zoneMode), "true") {
		return
	}
	dropped := make(map[string]bool)
	kept := data.BrokerDatas[:0]
	for _, group := range data.BrokerDatas {
		if _, master := group.BrokerAddrs[0]; !master || strings.EqualFold(group.ZoneName, zone) {
			kept = append(kept, group)
			continue
		}
		dropped[group.BrokerName] = true
		for _, addr := range group.BrokerAddrs {
			delete(data.FilterServerTable, addr)
		}
	}
	data.BrokerDatas = kept
	queues := data.QueueDatas[:0]
	for _, q := range data.QueueDatas {
		if !dropped[q.BrokerName] {
			queues = append(queues, q)
		}
	}
	data.QueueDatas = queues
}

func success() *protocol.RemotingCommand { return protocol.NewResponse(protocol.Success, "") }
