package api_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// answering is a remoting client that gives one answer, and keeps the request.
type answering struct {
	resp     *protocol.RemotingCommand
	req      *protocol.RemotingCommand
	deadline time.Time
}

func (a *answering) InvokeSync(ctx context.Context, _ string, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	a.req = req
	a.deadline, _ = ctx.Deadline()
	return a.resp, nil
}

func (a *answering) InvokeAsync(context.Context, string, *protocol.RemotingCommand, func(*protocol.RemotingCommand, error)) error {
	return nil
}

func (a *answering) InvokeOneway(_ context.Context, _ string, req *protocol.RemotingCommand) error {
	a.req = req
	return nil
}

func answer(code protocol.ResponseCode, remark string, ext ...protocol.Field) (*api.MQClientAPIImpl, *answering) {
	a := &answering{resp: protocol.NewResponse(code, remark)}
	a.resp.ExtFields = ext
	return api.New(a, clock.System, 3*time.Second, false), a
}

func TestProcessSendResponse(t *testing.T) {
	fields := []protocol.Field{{Key: "msgId", Value: "id"}, {Key: "queueId", Value: "3"}, {Key: "queueOffset", Value: "42"}}
	var request api.SendRequest
	req, r := request.Command([]byte("x")), new(api.SendResponse)
	r.RecallHandle = "of another send"
	for _, code := range []protocol.ResponseCode{protocol.Success, protocol.FlushDiskTimeout, protocol.FlushSlaveTimeout, protocol.SlaveNotAvailable} {
		a, _ := answer(code, "", fields...)
		if err := a.SendMessage(t.Context(), "b:1", req, r); err != nil || r.Code != code || r.QueueID != 3 || r.QueueOffset != 42 || r.MsgID != "id" ||
			r.RegionID != message.DefaultRegionID || !r.TraceOn || r.RecallHandle != "" {
			t.Errorf("%s: %+v, %v", code, r, err)
		}
	}
	a, _ := answer(protocol.Success, "", append(fields, protocol.Field{Key: "MSG_REGION", Value: "cn"}, protocol.Field{Key: "TRACE_ON", Value: "false"})...)
	if err := a.SendMessage(t.Context(), "b:1", req, r); err != nil || r.RegionID != "cn" || r.TraceOn {
		t.Errorf("%+v, %v", r, err)
	}
	a, _ = answer(protocol.Success, "", fields[:1]...)
	if err := a.SendMessage(t.Context(), "b:1", req, r); !errors.Is(err, protocol.ErrMissingField) {
		t.Errorf("a field is missing: %v", err)
	}
	a, _ = answer(protocol.SystemBusy, "full")
	err := a.SendMessage(t.Context(), "b:1", req, r)
	var refused *protocol.ResponseError
	if !errors.As(err, &refused) || refused.Code != protocol.SystemBusy || refused.Remark != "full" || refused.Addr != "b:1" {
		t.Errorf("refused: %v", err)
	}
}

func TestPullStatuses(t *testing.T) {
	fields := []protocol.Field{
		{Key: "suggestWhichBrokerId", Value: "0"}, {Key: "nextBeginOffset", Value: "5"}, {Key: "minOffset", Value: "1"}, {Key: "maxOffset", Value: "9"},
	}
	for code, want := range map[protocol.ResponseCode]api.PullStatus{
		protocol.Success: api.Found, protocol.PullNotFound: api.NoNewMsg, protocol.PullRetryImmediately: api.NoMatchedMsg,
		protocol.PullOffsetMoved: api.OffsetIllegal,
	} {
		a, _ := answer(code, "", fields...)
		r, err := a.PullMessage(t.Context(), "b:1", &header.PullMessageRequestHeader{})
		if err != nil || r.Status != want || r.NextBeginOffset != 5 || r.MinOffset != 1 || r.MaxOffset != 9 {
			t.Errorf("%s: %+v, %v", code, r, err)
		}
	}
	a, sent := answer(protocol.SubscriptionNotLatest, "old")
	if _, err := a.PullMessage(t.Context(), "b:1", &header.PullMessageRequestHeader{SysFlag: header.PullLite}); !errors.Is(err, protocol.SubscriptionNotLatest) {
		t.Errorf("error %v", err)
	}
	if sent.req.Code != int32(protocol.LitePullMessage) {
		t.Errorf("code %d", sent.req.Code)
	}
}

func TestControlRequestsAreBounded(t *testing.T) {
	a, sent := answer(protocol.Success, "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := a.UnregisterClient(ctx, "b:1", "id", "g", ""); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(sent.deadline); left > 3*time.Second {
		t.Errorf("%v left of a request that may take 3 s", left)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.UnregisterClient(ctx, "b:1", "id", "g", ""); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(sent.deadline); left > time.Second {
		t.Errorf("%v left of a caller's second", left)
	}
}

func TestRouteThatCannotBeRead(t *testing.T) {
	a, sent := answer(protocol.Success, "")
	sent.resp.Body = []byte(`{"brokerDatas":[`)
	if _, err := a.GetTopicRouteInfoFromNameServer(t.Context(), "T"); err == nil {
		t.Error("accepted")
	}
}
