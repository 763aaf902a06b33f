package callback

import (
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// RunningInfoReporter is a consumer that can describe itself.
type RunningInfoReporter interface {
	// ConsumerRunningInfo is its settings and state; stacks asks for the stacks of goroutines besides.
	ConsumerRunningInfo(stacks bool) *body.ConsumerRunningInfo
}

// getConsumerRunningInfo describes a consumer.
//
// Java: ClientRemotingProcessor#getConsumerRunningInfo (5.5.0).
func (p *ClientRemotingProcessor) getConsumerRunningInfo(req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	var h header.GetConsumerRunningInfoRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return nil, err
	}
	c, ok := p.instance.ConsumerOf(h.ConsumerGroup).(RunningInfoReporter)
	if !ok {
		return nil, notHere(h.ConsumerGroup)
	}
	return success(c.ConsumerRunningInfo(h.JstackEnable).Encode()), nil
}
