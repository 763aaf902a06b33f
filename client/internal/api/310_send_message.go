package api

import (
	"context"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// SendResponse is a broker's answer to a message that it has stored. Its strings share one buffer of the answer's size.
type SendResponse struct {
	// Code is Success, FlushDiskTimeout, FlushSlaveTimeout or SlaveNotAvailable.
	Code protocol.ResponseCode
	header.SendMessageResponseHeader
	RegionID string
	TraceOn  bool
}

// SendRequest is a request that stores one message, or a batch when its header says so: one piece of memory, which may serve one send
// after another.
type SendRequest struct {
	Header  header.SendMessageRequestHeaderV2
	command protocol.RemotingCommand
	fields  [2]protocol.Field // room for a trace context
}

// Command is the request for the next attempt, whose header is filled in.
//
// Java: MQClientAPIImpl#sendMessage (5.5.0).
func (r *SendRequest) Command(body []byte) *protocol.RemotingCommand {
	code := protocol.SendMessageV2
	if r.Header.Batch {
		code = protocol.SendBatchMessage
	}
	r.command = *protocol.NewRequest(code, &r.Header)
	r.command.Body, r.command.ExtFields = body, r.fields[:0]
	return &r.command
}

// SendMessage stores a message, waits for the answer and reads it into r.
func (a *MQClientAPIImpl) SendMessage(ctx context.Context, addr string, req *protocol.RemotingCommand, r *SendResponse) error {
	resp, err := a.sendMessageSync(ctx, addr, req)
	if err != nil {
		return err
	}
	err = a.processSendResponse(ctx, addr, resp, r)
	a.release(resp)
	return err
}

// sendMessageSync sends the request and waits for the response.
//
// Java: MQClientAPIImpl#sendMessageSync (5.5.0).
func (a *MQClientAPIImpl) sendMessageSync(ctx context.Context, addr string, req *protocol.RemotingCommand) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceSendMessageSync(ctx, addr)
	defer step.End(&err)
	return a.remoting.InvokeSync(ctx, addr, req)
}

// SendMessageAsync sends the request and returns; done is called exactly once, on another goroutine and with the answer in r or an
// error, unless an error is returned.
//
// Java: MQClientAPIImpl#sendMessageAsync (5.5.0), without its retries: those belong to the producer.
func (a *MQClientAPIImpl) SendMessageAsync(ctx context.Context, addr string, req *protocol.RemotingCommand, r *SendResponse, done func(error)) (err error) {
	sendCtx, step := traceSendMessageAsync(ctx, addr)
	defer step.End(&err)
	return a.remoting.InvokeAsync(sendCtx, addr, req, func(resp *protocol.RemotingCommand, err error) {
		if err == nil {
			err = a.processSendResponse(ctx, addr, resp, r)
			a.release(resp)
		}
		done(err)
	})
}

// SendMessageOneway sends the request; no answer will come.
//
// Java: MQClientAPIImpl#sendMessage, case ONEWAY (5.5.0).
func (a *MQClientAPIImpl) SendMessageOneway(ctx context.Context, addr string, req *protocol.RemotingCommand) (err error) {
	ctx, step := traceSendMessageOneway(ctx, addr)
	defer step.End(&err)
	return a.remoting.InvokeOneway(ctx, addr, req)
}

// processSendResponse reads the answer into r. Stored but not flushed or replicated in time is no error; anything else but success is a
// *protocol.ResponseError.
//
// Java: MQClientAPIImpl#processSendResponse (5.5.0).
func (a *MQClientAPIImpl) processSendResponse(ctx context.Context, addr string, resp *protocol.RemotingCommand, r *SendResponse) (err error) {
	_, step := traceProcessSendResponse(ctx, resp)
	defer step.End(&err)
	switch code := protocol.ResponseCode(resp.Code); code {
	case protocol.Success, protocol.FlushDiskTimeout, protocol.FlushSlaveTimeout, protocol.SlaveNotAvailable:
		*r = SendResponse{Code: code, RegionID: message.DefaultRegionID}
	default:
		return failure(addr, resp)
	}
	if err := resp.DecodeHeader(&r.SendMessageResponseHeader); err != nil {
		return malformed(addr, protocol.SendMessageV2, err)
	}
	r.TraceOn = resp.ExtFields.Get(message.PropertyTraceSwitch) != "false"
	if region := resp.ExtFields.Get(message.PropertyMsgRegion); region != "" {
		r.RegionID = region
	}
	return nil
}
