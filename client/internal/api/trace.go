package api

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

var (
	stepSendMessageSync = observ.Define(observ.Op{
		ID: "api.sendMessageSync", Func: "client/internal/api.(*MQClientAPIImpl).sendMessageSync",
		Java: "MQClientAPIImpl#sendMessageSync", Claims: []string{"S6", "P9"},
	})
	stepSendMessageAsync = observ.Define(observ.Op{
		ID: "api.sendMessageAsync", Func: "client/internal/api.(*MQClientAPIImpl).SendMessageAsync",
		Java: "MQClientAPIImpl#sendMessageAsync", Claims: []string{"S6", "P9", "T7"},
	})
	stepSendMessageOneway = observ.Define(observ.Op{
		ID: "api.sendMessageOneway", Func: "client/internal/api.(*MQClientAPIImpl).SendMessageOneway",
		Java: "MQClientAPIImpl#sendMessage", Claims: []string{"S6", "P9", "T14"},
	})
	stepProcessSendResponse = observ.Define(observ.Op{
		ID: "api.processSendResponse", Func: "client/internal/api.(*MQClientAPIImpl).processSendResponse",
		Java: "MQClientAPIImpl#processSendResponse",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{stepSendMessageSync, stepSendMessageAsync, stepSendMessageOneway, stepProcessSendResponse}
}

func traceSendMessageSync(ctx context.Context, addr string) (context.Context, observ.Step) {
	return startTo(ctx, stepSendMessageSync, addr)
}

func traceSendMessageAsync(ctx context.Context, addr string) (context.Context, observ.Step) {
	return startTo(ctx, stepSendMessageAsync, addr)
}

func traceSendMessageOneway(ctx context.Context, addr string) (context.Context, observ.Step) {
	return startTo(ctx, stepSendMessageOneway, addr)
}

func startTo(ctx context.Context, op *observ.Op, addr string) (context.Context, observ.Step) {
	ctx, step := op.Start(ctx)
	if step.On() {
		step.SetPrepared(observ.PreparedServer(addr))
	}
	return ctx, step
}

func traceProcessSendResponse(ctx context.Context, resp *protocol.RemotingCommand) (context.Context, observ.Step) {
	ctx, step := stepProcessSendResponse.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.response.code", protocol.ResponseCode(resp.Code).String()))
	}
	return ctx, step
}
