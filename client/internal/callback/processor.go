package callback

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Instance is the client instance that the requests are for.
type Instance interface {
	// ConsumerOf is the consumer of a group, or nil.
	ConsumerOf(group string) any
	// RebalanceImmediately asks for a round of rebalancing.
	RebalanceImmediately()
}

// Registrar is where processors are registered: *remoting.Client.
type Registrar interface {
	RegisterProcessor(code protocol.RequestCode, p remoting.Processor)
}

// ClientRemotingProcessor answers the requests of servers. Safe for concurrent use.
//
// Java: client.impl.ClientRemotingProcessor (5.5.0).
type ClientRemotingProcessor struct {
	instance Instance
	log      *zap.Logger
}

// New answers for an instance.
func New(i Instance, log *zap.Logger) *ClientRemotingProcessor {
	return &ClientRemotingProcessor{instance: i, log: log}
}

// Register takes the codes that servers send to clients.
func (p *ClientRemotingProcessor) Register(r Registrar) {
	for _, code := range []protocol.RequestCode{
		protocol.CheckTransactionState, protocol.NotifyConsumerIDsChanged, protocol.ResetConsumerClientOffset,
		protocol.GetConsumerStatusFromClient, protocol.GetConsumerRunningInfo, protocol.ConsumeMessageDirectly,
		protocol.PushReplyMessageToClient,
	} {
		r.RegisterProcessor(code, p)
	}
}

// ProcessRequest answers one request. 40 and 220 come one-way and get no answer.
//
// Java: ClientRemotingProcessor#processRequest (5.5.0).
func (p *ClientRemotingProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceProcessRequest(ctx)
	defer step.End(&err)
	req := rc.Request
	switch protocol.RequestCode(req.Code) {
	case protocol.NotifyConsumerIDsChanged:
		return nil, p.notifyConsumerIDsChanged(ctx, req)
	case protocol.ResetConsumerClientOffset:
		return nil, p.resetOffset(ctx, req)
	case protocol.GetConsumerStatusFromClient:
		return p.getConsumerStatus(req)
	case protocol.GetConsumerRunningInfo:
		return p.getConsumerRunningInfo(req)
	case protocol.ConsumeMessageDirectly:
		return p.consumeMessageDirectly(ctx, req)
	default: // transaction checks, replies to requests
		return nil, protocol.NewResponseError(protocol.RequestCodeNotSupported,
			"this client does not support "+protocol.RequestCode(req.Code).String())
	}
}
