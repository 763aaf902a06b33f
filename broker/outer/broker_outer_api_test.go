package outer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/broker/outer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

var errDown = errors.New("down")

type fakeClient struct {
	mu   sync.Mutex
	sent map[string]*protocol.RemotingCommand
}

func (f *fakeClient) InvokeSync(_ context.Context, addr string, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent[addr] = req
	switch addr {
	case "down:9876":
		return nil, errDown
	case "full:9876":
		return protocol.NewResponse(protocol.SystemBusy, "busy"), nil
	}
	return protocol.NewResponse(protocol.Success, ""), nil
}

func TestRegistersWithEveryNameServer(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		f := &fakeClient{sent: map[string]*protocol.RemotingCommand{}}
		api := outer.NewBrokerOuterAPI(outer.Config{NameServers: []string{"up:9876", "down:9876", "full:9876"}, Timeout: time.Second, Compressed: compressed}, f)
		id := outer.Identity{ClusterName: "C", BrokerName: "b", Addr: "1.2.3.4:10911", HAServerAddr: "1.2.3.4:10912"}
		err := api.RegisterBrokerAll(t.Context(), id, map[string]body.TopicConfig{"T": body.NewTopicConfig("T")}, body.DataVersion{Counter: 3})
		if !errors.Is(err, errDown) || !errors.Is(err, protocol.SystemBusy) || len(f.sent) != 3 {
			t.Errorf("RegisterBrokerAll = %v, asked %d", err, len(f.sent))
		}
		req := f.sent["up:9876"]
		h := req.Header.(*header.RegisterBrokerRequestHeader)
		if h.BrokerAddr != id.Addr || h.Compressed || h.BodyCRC32 != int32(message.BodyCRC(req.Body)) {
			t.Errorf("header %+v", h)
		}
		var got body.RegisterBrokerBody
		if err := got.DecodeAny(req.Body); err != nil || len(got.TopicConfigSerializeWrapper.TopicConfigTable) != 1 || got.TopicConfigSerializeWrapper.DataVersion.Counter != 3 {
			t.Errorf("body %+v, %v", got, err)
		}
		if err := api.UnregisterBrokerAll(t.Context(), id); !errors.Is(err, errDown) || protocol.RequestCode(f.sent["up:9876"].Code) != protocol.UnregisterBroker {
			t.Errorf("UnregisterBrokerAll = %v", err)
		}
	}
}

func TestNoNameServerIsNoError(t *testing.T) {
	api := outer.NewBrokerOuterAPI(outer.Config{Timeout: time.Second}, &fakeClient{})
	if err := api.RegisterBrokerAll(t.Context(), outer.Identity{}, nil, body.DataVersion{}); err != nil {
		t.Error(err)
	}
}
