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
	Code          protocol.ResponseCode
	OffsetMsgID   string
	QueueID       int32
	QueueOffset   int64
	TransactionID string
	BatchUniqID   string
	RecallHandle  string
	RegionID      string
	TraceOn       bool
}

// NewSendRequest is the request that stores one message, or a batch when h says so: one piece of memory with its header.
//
// Java: MQClientAPIImpl#sendMessage (5.5.0).
func NewSendRequest(h header.SendMessageRequestHeaderV2, body []byte) *protocol.RemotingCommand {
	code := protocol.SendMessageV2
	if h.Batch {
		code = protocol.SendBatchMessage
	}
	req := &struct {
		protocol.RemotingCommand
		header header.SendMessageRequestHeaderV2
	}{*protocol.NewRequest(code, nil), h}
	req.Header, req.Body = &req.header, body
	return &req.RemotingCommand
}

// SendMessage stores a message and waits for the answer.
func (a *MQClientAPIImpl) SendMessage(ctx context.Context, addr string, req *protocol.RemotingCommand) (SendResponse, error) {
	resp, err := a.sendMessageSync(ctx, addr, req)
	if err != nil {
		return SendResponse{}, err
	}
	return a.processSendResponse(ctx, addr, resp)
}

// sendMessageSync sends the request and waits for the response.
//
// Java: MQClientAPIImpl#sendMessageSync (5.5.0).
func (a *MQClientAPIImpl) sendMessageSync(ctx context.Context, addr string, req *protocol.RemotingCommand) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceSendMessageSync(ctx, addr)
	defer step.End(&err)
	return a.remoting.InvokeSync(ctx, addr, req)
}

// SendMessageAsync sends the request and returns; done is called exactly once with the outcome, on another goroutine, unless an
// error is returned.
//
// Java: MQClientAPIImpl#sendMessageAsync (5.5.0), without its retries: those belong to the producer.
func (a *MQClientAPIImpl) SendMessageAsync(ctx context.Context, addr string, req *protocol.RemotingCommand, done func(SendResponse, error)) (err error) {
	sendCtx, step := traceSendMessageAsync(ctx, addr)
	defer step.End(&err)
	return a.remoting.InvokeAsync(sendCtx, addr, req, func(resp *protocol.RemotingCommand, err error) {
		if err != nil {
			done(SendResponse{}, err)
			return
		}
		done(a.processSendResponse(ctx, addr, resp))
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

// processSendResponse reads the answer. Stored but not flushed or replicated in time is no error; anything else but success is a
// *protocol.ResponseError.
//
// Java: MQClientAPIImpl#processSendResponse (5.5.0).
func (a *MQClientAPIImpl) processSendResponse(ctx context.Context, addr string, resp *protocol.RemotingCommand) (out SendResponse, err error) {
	_, step := traceProcessSendResponse(ctx, resp)
	defer step.End(&err)
	switch code := protocol.ResponseCode(resp.Code); code {
	case protocol.Success, protocol.FlushDiskTimeout, protocol.FlushSlaveTimeout, protocol.SlaveNotAvailable:
		out.Code = code
	default:
		return SendResponse{}, failure(addr, resp)
	}
	var h header.SendMessageResponseHeader
	if err := resp.DecodeHeader(&h); err != nil {
		return SendResponse{}, malformed(addr, protocol.SendMessageV2, err)
	}
	out.OffsetMsgID, out.QueueID, out.QueueOffset = h.MsgID, h.QueueID, h.QueueOffset
	out.TransactionID, out.BatchUniqID, out.RecallHandle = h.TransactionID, h.BatchUniqID, h.RecallHandle
	out.RegionID, out.TraceOn = message.DefaultRegionID, resp.ExtFields.Get(message.PropertyTraceSwitch) != "false"
	if region := resp.ExtFields.Get(message.PropertyMsgRegion); region != "" {
		out.RegionID = region
	}
	return out, nil
}
