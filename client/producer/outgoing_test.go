package producer_test

import (
	"context"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// keeper is a hook that keeps what it is shown.
type keeper struct {
	requests  []*protocol.RemotingCommand
	responses []*protocol.RemotingCommand
}

func (k *keeper) DoBeforeRequest(_ context.Context, _ string, req *protocol.RemotingCommand) error {
	if req.Code == int32(protocol.SendMessageV2) {
		k.requests = append(k.requests, req)
	}
	return nil
}

func (k *keeper) DoAfterResponse(_ context.Context, _ string, req, resp *protocol.RemotingCommand) {
	if req.Code == int32(protocol.SendMessageV2) {
		k.responses = append(k.responses, resp)
	}
}

// A send's memory is used again, but not what a hook has seen of it.
func TestHooksMayKeepWhatTheySee(t *testing.T) {
	var kept keeper
	run(t, func(t *testing.T, f *fixture) {
		ids := map[string]bool{}
		for range 3 {
			res, err := f.Send(t.Context(), hello())
			if err != nil {
				t.Fatal(err)
			}
			ids[res.MsgID] = true
		}
		for i, req := range kept.requests {
			h, ok := req.Header.(*header.SendMessageRequestHeaderV2)
			if !ok || h.Topic != topic || string(req.Body) != "hello" {
				t.Errorf("request %d: %+v", i, req)
			}
			id := kept.responses[i].ExtFields.Get("transactionId")
			if !ids[id] {
				t.Errorf("response %d is to message %q", i, id)
			}
			delete(ids, id)
		}
		if len(ids) > 0 {
			t.Errorf("no response is to %v", ids)
		}
	}, client.WithRPCHook(&kept))
}
