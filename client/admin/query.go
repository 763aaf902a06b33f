package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// Query narrows a search. The zero value looks at all there is.
type Query struct {
	// Max bounds what each broker returns. Default: 64. Brokers have bounds of their own.
	Max int
	// Begin and End bound the time at which a message was stored, both included; a zero time is no bound.
	Begin, End time.Time
}

const defaultMax = 64

// QueryMessage finds messages of a topic by key, on all of the topic's brokers: oldest first. The error is a client.ErrNoRoute when the
// topic is unknown, and what kept brokers from answering when no other found anything.
//
// Java: MQAdminImpl#queryMessage (5.5.0).
func (a *Admin) QueryMessage(ctx context.Context, topic, key string, q Query) (found []*message.MessageExt, err error) {
	ctx, step := a.traceQueryMessage(ctx, topic)
	defer step.End(&err)
	b, err := a.brokersOf(ctx, a.cfg.WithNamespace(topic))
	if err != nil {
		return nil, err
	}
	found, err = b.queryMessage(ctx, key, q, false)
	traceFound(step, len(found))
	return found, err
}

// ViewMessage is a topic's message with an id: the one that its producer gave it, or the offset id, which names its place on a broker. It
// is an ErrNoMessage if there is none.
//
// Java: MQClientAPIImpl#viewMessage, MQAdminImpl#queryMessageByUniqKey (5.5.0). An offset id is asked for only at a broker of the
// topic: a producer's id, which looks the same, would name a host of anybody's.
func (a *Admin) ViewMessage(ctx context.Context, topic, id string) (found *message.MessageExt, err error) {
	ctx, step := a.traceViewMessage(ctx, topic, id)
	defer step.End(&err)
	b, err := a.brokersOf(ctx, a.cfg.WithNamespace(topic))
	if err != nil {
		return nil, err
	}
	msgs, err := b.queryMessage(ctx, id, Query{}, true)
	for _, m := range msgs {
		if m.MsgID == id {
			return m, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return b.viewMessage(ctx, id)
}

// brokers are those of a topic.
type brokers struct {
	*Admin
	api   *api.MQClientAPIImpl
	topic string   // with its namespace
	addrs []string // one of each broker: its master's, or else a slave's
}

// brokersOf finds a topic's brokers.
//
// Java: remoting.protocol.route.BrokerData#selectBrokerAddr (5.5.0).
func (a *Admin) brokersOf(ctx context.Context, topic string) (*brokers, error) {
	inst, err := a.started()
	if err != nil {
		return nil, err
	}
	_, err = inst.UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{Topic: topic})
	route := inst.TopicRouteData(topic)
	switch {
	case errors.Is(err, protocol.TopicNotExist):
		return nil, fmt.Errorf("%w: %w: %w", client.ErrNoRoute, client.ErrTopicNotExist, err)
	case route == nil:
		return nil, fmt.Errorf("%w: %w", client.ErrNoRoute, err)
	}
	b := &brokers{Admin: a, api: inst.API(), topic: topic}
	for _, broker := range route.BrokerDatas {
		for _, id := range slices.Sorted(maps.Keys(broker.BrokerAddrs)) {
			if addr := broker.BrokerAddrs[id]; addr != "" {
				b.addrs = append(b.addrs, addr)
				break
			}
		}
	}
	return b, nil
}

// queryMessage asks all of them for a key, or the id that a producer gave a message.
func (b *brokers) queryMessage(ctx context.Context, key string, q Query, unique bool) (found []*message.MessageExt, err error) {
	h := q.header(b.topic, key)
	var failed []error
	for _, addr := range b.addrs {
		msgs, err := b.api.QueryMessage(ctx, addr, h, unique)
		if err != nil {
			failed = append(failed, err)
			observ.Logger(ctx, b.log).Warn("queryMessage", zap.String("broker", addr), zap.Error(err))
		}
		found = append(found, msgs...)
	}
	for _, m := range found {
		m.Topic = b.cfg.WithoutNamespace(m.Topic)
	}
	slices.SortStableFunc(found, func(m, n *message.MessageExt) int { return cmp.Compare(m.StoreTimestamp, n.StoreTimestamp) })
	if len(found) == 0 {
		return nil, errors.Join(failed...)
	}
	return found, nil
}

func (q Query) header(topic, key string) *header.QueryMessageRequestHeader {
	h := &header.QueryMessageRequestHeader{Topic: topic, Key: key, MaxNum: defaultMax, EndTimestamp: math.MaxInt64}
	if q.Max > 0 {
		h.MaxNum = int32(min(q.Max, math.MaxInt32))
	}
	if !q.Begin.IsZero() {
		h.BeginTimestamp = q.Begin.UnixMilli()
	}
	if !q.End.IsZero() {
		h.EndTimestamp = q.End.UnixMilli()
	}
	return h
}

// viewMessage is the message with an offset id, if one of the brokers gave it.
func (b *brokers) viewMessage(ctx context.Context, id string) (*message.MessageExt, error) {
	none := fmt.Errorf("%w: %s of topic %s", ErrNoMessage, id, b.topic)
	addr, offset, err := message.ParseOffsetMsgID(id)
	if err != nil || !slices.Contains(b.addrs, addr.String()) {
		return nil, none
	}
	m, err := b.api.ViewMessage(ctx, addr.String(), b.topic, offset)
	switch {
	case errors.Is(err, protocol.SystemError):
		return nil, none
	case err != nil:
		return nil, err
	case m.Topic != b.topic:
		return nil, none
	}
	m.Topic = b.cfg.WithoutNamespace(m.Topic)
	return m, nil
}
