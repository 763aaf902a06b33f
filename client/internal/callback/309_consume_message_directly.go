package callback

import (
	"context"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// DirectConsumer is a consumer that can be handed one message from outside.
type DirectConsumer interface {
	// ConsumeMessageDirectly handles the message now and says how it went.
	ConsumeMessageDirectly(ctx context.Context, msg *message.MessageExt, brokerName string) *body.ConsumeMessageDirectlyResult
}

// consumeMessageDirectly hands a stored message to a group's handler.
//
// Java: ClientRemotingProcessor#consumeMessageDirectly (5.5.0).
func (p *ClientRemotingProcessor) consumeMessageDirectly(ctx context.Context, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	var h header.ConsumeMessageDirectlyResultRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return nil, err
	}
	c, ok := p.instance.ConsumerOf(h.ConsumerGroup).(DirectConsumer)
	if !ok {
		return nil, notHere(h.ConsumerGroup)
	}
	msg, _, err := message.DecodeRecord(req.Body)
	if err != nil {
		return nil, err
	}
	if msg.SysFlag.Compressed() {
		if msg.Body, err = msg.SysFlag.Compression().Decompress(msg.Body, maxBody); err != nil {
			return nil, err
		}
	}
	return success(c.ConsumeMessageDirectly(ctx, msg, h.DirectBrokerName).Encode()), nil
}

// maxBody bounds a message's body, in bytes.
const maxBody = protocol.MaxFrameLength
