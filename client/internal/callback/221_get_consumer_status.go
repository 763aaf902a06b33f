package callback

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// StatusReporter is a consumer that can say how far it has come.
type StatusReporter interface {
	// ConsumerStatus are the offsets in memory of the topic's queues.
	ConsumerStatus(topic string) map[message.MessageQueue]int64
}

// getConsumerStatus says how far a group has come.
//
// Java: ClientRemotingProcessor#getConsumeStatus (5.5.0).
func (p *ClientRemotingProcessor) getConsumerStatus(req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	var h header.GetConsumerStatusRequestHeader
	if err := req.DecodeHeader(&h); err != nil {
		return nil, err
	}
	c, ok := p.instance.ConsumerOf(h.Group).(StatusReporter)
	if !ok {
		return nil, notHere(h.Group)
	}
	b := body.GetConsumerStatusBody{MessageQueueTable: c.ConsumerStatus(h.Topic)}
	return success(b.Encode()), nil
}
