package api

import (
	"context"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// PullStatus is what a pull found.
type PullStatus int

// The statuses of a pull.
//
// Java: client.consumer.PullStatus (5.5.0).
const (
	Found         PullStatus = iota
	NoNewMsg                 // nothing there (yet)
	NoMatchedMsg             // something there, but not for this subscription
	OffsetIllegal            // the offset is not in the queue: go on at NextBeginOffset
)

// String is Apache's name.
func (s PullStatus) String() string {
	return [...]string{"FOUND", "NO_NEW_MSG", "NO_MATCHED_MSG", "OFFSET_ILLEGAL"}[s]
}

// PullResponse is a broker's answer to a pull.
type PullResponse struct {
	header.PullMessageResponseHeader
	Status PullStatus
	// Records are the stored records, one behind the other; message.DecodeRecords reads them. The caller owns them.
	Records []byte
}

// PullMessage asks a broker for the next messages of a queue, and waits for as long as the broker holds the request. Other codes
// than the four statuses are a *protocol.ResponseError.
//
// Java: MQClientAPIImpl#pullMessage, #processPullResponse (5.5.0).
func (a *MQClientAPIImpl) PullMessage(ctx context.Context, addr string, h *header.PullMessageRequestHeader) (PullResponse, error) {
	code := protocol.PullMessage
	if h.SysFlag&header.PullLite != 0 {
		code = protocol.LitePullMessage
	}
	resp, err := a.remoting.InvokeSync(ctx, addr, protocol.NewRequest(code, h))
	if err != nil {
		return PullResponse{}, err
	}
	return processPullResponse(addr, resp)
}

func processPullResponse(addr string, resp *protocol.RemotingCommand) (out PullResponse, err error) {
	switch protocol.ResponseCode(resp.Code) {
	case protocol.Success:
		out.Status = Found
	case protocol.PullNotFound:
		out.Status = NoNewMsg
	case protocol.PullRetryImmediately:
		out.Status = NoMatchedMsg
	case protocol.PullOffsetMoved:
		out.Status = OffsetIllegal
	default:
		return out, failure(addr, resp)
	}
	if err := resp.DecodeHeader(&out.PullMessageResponseHeader); err != nil {
		return PullResponse{}, malformed(addr, protocol.PullMessage, err)
	}
	out.Records = resp.Body
	return out, nil
}
