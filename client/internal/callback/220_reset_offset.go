package callback

import (
	"context"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// OffsetResetter is a consumer whose progress can be set from outside.
type OffsetResetter interface {
	// ResetOffset makes the consumer go on at the given offsets of the topic's queues.
	ResetOffset(ctx context.Context, topic string, offsets map[message.MessageQueue]int64) error
}

// resetOffset sets a group's progress.
//
// Java: ClientRemotingProcessor#resetOffset (5.5.0).
func (p *ClientRemotingProcessor) resetOffset(ctx context.Context, req *protocol.RemotingCommand) error {
	var h header.ResetOffsetRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return err
	}
	c, ok := p.instance.ConsumerOf(h.Group).(OffsetResetter)
	if !ok {
		return notHere(h.Group)
	}
	var b body.ResetOffsetBody
	if len(req.Body) > 0 {
		if err := b.Decode(req.Body); err != nil {
			return err
		}
	}
	return c.ResetOffset(ctx, h.Topic, b.OffsetTable)
}
