package processor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

func connections(clients []session.Client) []body.Connection {
	list := make([]body.Connection, 0, len(clients))
	for _, c := range clients {
		list = append(list, body.Connection{
			ClientAddr: c.Channel.RemoteAddr().String(), ClientID: c.ClientID, Language: c.Language.String(), Version: c.Version,
		})
	}
	return list
}

// getConsumerConnectionList (203) lists the clients of a consumer group and what it subscribes to.
//
// Java: AdminBrokerProcessor#getConsumerConnectionList (5.5.0).
func (p *AdminBrokerProcessor) getConsumerConnectionList(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetConsumerConnectionListRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	g, ok := p.Consumers.Group(h.ConsumerGroup)
	if !ok {
		return nil, refuse(protocol.ConsumerNotOnline, "the consumer group[%s] not online", h.ConsumerGroup)
	}
	list := body.ConsumerConnection{
		ConnectionSet: connections(g.Clients), ConsumeFromWhere: g.ConsumeFromWhere, ConsumeType: g.ConsumeType,
		MessageModel: g.MessageModel, SubscriptionTable: map[string]heartbeat.SubscriptionData{},
	}
	for t, sub := range g.Subscriptions {
		list.SubscriptionTable[t] = *sub
	}
	return success(nil, list.Encode()), nil
}

// getProducerConnectionList (204) lists the clients of a producer group.
//
// Java: AdminBrokerProcessor#getProducerConnectionList (5.5.0).
func (p *AdminBrokerProcessor) getProducerConnectionList(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetProducerConnectionListRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	clients, ok := p.Producers.Clients(h.ProducerGroup)
	if !ok {
		return nil, refuse(protocol.SystemError, "the producer group[%s] not exist", h.ProducerGroup)
	}
	list := body.ProducerConnection{ConnectionSet: connections(clients)}
	return success(nil, list.Encode()), nil
}

// getAllProducerInfo (328) lists the producers of all groups.
//
// Java: AdminBrokerProcessor#getAllProducerInfo (5.5.0).
func (p *AdminBrokerProcessor) getAllProducerInfo(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	all := body.ProducerTableInfo{Data: map[string][]body.ProducerInfo{}}
	for _, group := range p.Producers.Groups() {
		clients, _ := p.Producers.Clients(group)
		for _, c := range clients {
			all.Data[group] = append(all.Data[group], body.ProducerInfo{
				ClientID: c.ClientID, RemoteIP: c.Channel.RemoteAddr().Addr().String(), Language: c.Language.String(), Version: c.Version,
				LastUpdateTimestamp: c.LastUpdate.UnixMilli(),
			})
		}
	}
	return success(nil, all.Encode()), nil
}

// queryTopicConsumeByWho (300) lists the groups of a topic: those online and those with offsets.
//
// Java: AdminBrokerProcessor#queryTopicConsumeByWho (5.5.0).
func (p *AdminBrokerProcessor) queryTopicConsumeByWho(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.QueryTopicConsumeByWhoRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	groups := append(p.Consumers.QueryTopicConsumeByWho(h.Topic), p.Offsets.WhichGroupByTopic(h.Topic)...)
	slices.Sort(groups)
	list := body.GroupList{GroupList: slices.Compact(groups)}
	return success(nil, list.Encode()), nil
}

// queryTopicsByConsumer (343) lists the topics in which a group has offsets.
//
// Java: AdminBrokerProcessor#queryTopicsByConsumer (5.5.0).
func (p *AdminBrokerProcessor) queryTopicsByConsumer(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.QueryTopicsByConsumerRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	list := body.TopicList{BrokerAddr: p.BrokerAddr, TopicList: p.Offsets.WhichTopicByConsumer(h.Group)}
	return success(nil, list.Encode()), nil
}

// getConsumeStats (208) tells how far a group is in each queue.
//
// Java: AdminBrokerProcessor#getConsumeStats (5.5.0).
func (p *AdminBrokerProcessor) getConsumeStats(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetConsumeStatsRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	stats := body.ConsumeStats{OffsetTable: map[message.MessageQueue]body.OffsetWrapper{}}
	for _, name := range p.topicsOf(h) {
		t := p.Topics.SelectTopicConfig(name)
		if t == nil {
			continue
		}
		for id := range t.ReadQueueNums {
			stats.OffsetTable[message.MessageQueue{Topic: name, BrokerName: p.BrokerName, QueueID: id}] = p.progress(h.ConsumerGroup, name, id)
		}
		stats.ConsumeTPS += p.Rates.GroupGetTPS(h.ConsumerGroup, name)
	}
	return success(nil, stats.Encode()), nil
}

// topicsOf are the topics that the request names, or else those in which the group has offsets, without any that it does not
// subscribe to while it is online.
func (p *AdminBrokerProcessor) topicsOf(h *header.GetConsumeStatsRequestHeader) []string {
	if list := strings.FieldsFunc(h.TopicList, func(r rune) bool { return r == ';' }); len(list) > 0 {
		return list
	}
	names := []string{h.Topic}
	if h.Topic == "" {
		names = p.Offsets.WhichTopicByConsumer(h.ConsumerGroup)
	}
	g, online := p.Consumers.Group(h.ConsumerGroup)
	if !online || len(g.Subscriptions) == 0 {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return g.Subscriptions[name] == nil })
}

// progress is how far a group is in one queue.
func (p *AdminBrokerProcessor) progress(group, name string, id int32) body.OffsetWrapper {
	consumed := max(p.Offsets.QueryOffset(group, name, id), 0)
	w := body.OffsetWrapper{
		BrokerOffset: max(p.Store.MaxOffsetInQueue(name, id), 0), ConsumerOffset: consumed,
		PullOffset: max(consumed, p.Offsets.QueryPullOffset(group, name, id)),
	}
	if consumed > 0 {
		w.LastTimestamp = max(p.Store.MessageStoreTimestamp(name, id, consumed-1), 0)
	}
	return w
}

// getConsumerRunningInfo (307) relays the question to the client.
//
// Java: AdminBrokerProcessor#getConsumerRunningInfo (5.5.0).
func (p *AdminBrokerProcessor) getConsumerRunningInfo(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.GetConsumerRunningInfoRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	return p.callConsumer(ctx, rc, h.ConsumerGroup, h.ClientID)
}

// consumeMessageDirectly (309) has the client process one message, which the broker adds to the order.
//
// Java: AdminBrokerProcessor#consumeMessageDirectly (5.5.0).
func (p *AdminBrokerProcessor) consumeMessageDirectly(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	h, err := decode[header.ConsumeMessageDirectlyResultRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	p.audit(ctx, rc, h.ConsumerGroup)
	_, off, err := message.ParseOffsetMsgID(h.MsgID)
	if err != nil {
		return nil, err
	}
	record, err := p.Store.SelectOneMessageByOffset(off, 0)
	if err != nil || record == nil {
		return nil, refuse(protocol.SystemError, "can not find message by the offset, %d", off)
	}
	rc.Request.ExtFields.Set("brokerName", p.BrokerName)
	rc.Request.Body = record
	return p.callConsumer(ctx, rc, h.ConsumerGroup, h.ClientID)
}

// callTimeout bounds a question to a client. Java: Broker2Client#callClient.
const callTimeout = 10 * time.Second

// callConsumer relays a request to a client and its answer back.
//
// Java: AdminBrokerProcessor#callConsumer (5.5.0).
func (p *AdminBrokerProcessor) callConsumer(ctx context.Context, rc *remoting.RequestContext, group, clientID string) (*protocol.RemotingCommand, error) {
	client, ok := p.Consumers.FindChannel(group, clientID)
	if !ok {
		return nil, refuse(protocol.SystemError, "The Consumer <%s> <%s> not online", group, clientID)
	}
	if client.Version < versionV3_1_8Snapshot {
		return nil, refuse(protocol.SystemError, "The Consumer <%s> Version <%d> too low to finish, please upgrade it to V3_1_8_SNAPSHOT", clientID, client.Version)
	}
	req := protocol.NewRequest(protocol.RequestCode(rc.Request.Code), nil)
	req.ExtFields, req.Body = slices.Clone(rc.Request.ExtFields), rc.Request.Body
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := p.Broker.CallClient(ctx, client.Channel, req)
	switch {
	case errors.Is(err, remoting.ErrTimeout):
		return nil, refuse(protocol.ConsumeMsgTimeout, "consumer <%s> <%s> Timeout: %s", group, clientID, err)
	case err != nil:
		return nil, refuse(protocol.SystemError, "invoke consumer <%s> <%s> Exception: %s", group, clientID, err)
	}
	relayed := protocol.NewResponse(protocol.ResponseCode(resp.Code), resp.Remark)
	relayed.ExtFields, relayed.Body = resp.ExtFields, resp.Body
	return relayed, nil
}
