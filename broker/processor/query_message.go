package processor

import (
	"context"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// QueryStore finds messages otherwise than by queue. *store.DefaultMessageStore does.
type QueryStore interface {
	QueryMessage(ctx context.Context, topic, key string, maxNum int, begin, end int64) (*store.QueryMessageResult, error)
	SelectOneMessageByOffset(offset int64, size int32) ([]byte, error)
}

// uniqueKeyQuery marks a query for a UNIQ_KEY. Java: common.MixAll.UNIQUE_MSG_QUERY_FLAG.
const uniqueKeyQuery = "_UNIQUE_KEY_QUERY"

// QueryMessageProcessor finds messages by key (12) and by offset id (33).
//
// Java: broker.processor.QueryMessageProcessor (5.5.0).
type QueryMessageProcessor struct {
	store QueryStore
	// uniqueMost is how many messages a query by unique key returns; one by key may ask for as many as the store's bound.
	uniqueMost int
}

// NewQueryMessageProcessor makes one.
func NewQueryMessageProcessor(s QueryStore, uniqueMost int) *QueryMessageProcessor {
	return &QueryMessageProcessor{store: s, uniqueMost: uniqueMost}
}

// ProcessRequest implements remoting.Processor.
func (p *QueryMessageProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if protocol.RequestCode(rc.Request.Code) == protocol.QueryMessage {
		return p.queryMessage(ctx, rc)
	}
	return p.viewMessageByID(ctx, rc)
}

// queryMessage finds messages by key.
//
// Java: QueryMessageProcessor#queryMessage (5.5.0).
func (p *QueryMessageProcessor) queryMessage(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceQueryMessage(ctx)
	defer step.End(&err)
	h, err := decode[header.QueryMessageRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if err := validTopic(h.Topic); err != nil {
		return nil, err
	}
	most := int(max(h.MaxNum, 0))
	if rc.Request.ExtFields.Get(uniqueKeyQuery) == "true" {
		most = p.uniqueMost
	}
	found, err := p.store.QueryMessage(ctx, h.Topic, h.Key, most, h.BeginTimestamp, h.EndTimestamp)
	if err != nil {
		return nil, err
	}
	answer := &header.QueryMessageResponseHeader{
		IndexLastUpdateTimestamp: found.IndexLastUpdateTimestamp, IndexLastUpdatePhyOffset: found.IndexLastUpdatePhyOffset,
	}
	if len(found.Buffer) > 0 {
		return success(answer, found.Buffer), nil
	}
	resp = protocol.NewResponse(protocol.QueryNotFound, "can not find message, maybe time range not correct")
	resp.Header = answer
	return resp, nil
}

// viewMessageByID finds the message at an offset of the commit log.
//
// Java: QueryMessageProcessor#viewMessageById (5.5.0).
func (p *QueryMessageProcessor) viewMessageByID(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	_, step := traceViewMessageByID(ctx)
	defer step.End(&err)
	h, err := decode[header.ViewMessageRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	record, err := p.store.SelectOneMessageByOffset(h.Offset, 0)
	if err != nil || record == nil {
		return nil, refuse(protocol.SystemError, "can not find message by the offset, %d", h.Offset)
	}
	return success(nil, record), nil
}
