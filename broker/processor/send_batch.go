package processor

import (
	"context"
	"math"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// sendBatchMessage checks a batch and hands it to the store. Its messages are stored as they are: none of the properties that
// single ones get is added.
//
// Java: SendMessageProcessor#sendBatchMessage (5.5.0).
func (p *SendMessageProcessor) sendBatchMessage(ctx context.Context, rc *remoting.RequestContext, s *sending) (future store.PutFuture, err error) {
	ctx, step := traceSendBatchMessage(ctx, &s.header)
	defer step.End(&err)
	topicConfig, err := p.preSend(ctx, rc, &s.header)
	if err != nil {
		return future, err
	}
	if n := len(s.header.Topic); n > math.MaxInt8 {
		return future, refuse(protocol.MessageIllegal, "message topic length too long %d", n)
	}
	if message.IsRetryTopic(s.header.Topic) {
		return future, refuse(protocol.MessageIllegal, "batch request does not support retry group %s", s.header.Topic)
	}
	if err := p.fillMessage(rc, s, topicConfig); err != nil {
		return future, err
	}
	found, properties := p.added.complete(s.header.Properties)
	s.answer.uniqID, s.answer.kind, s.msg.PropertiesString = found.uniqID, found.kind, properties
	return p.store.AsyncPutMessages(ctx, &store.MessageExtBatch{MessageExtBrokerInner: s.msg}), nil
}
