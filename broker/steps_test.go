package broker_test

import (
	"context"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/outer"
	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// namesrv is the least that a broker can register with.
func namesrv(t *testing.T) string {
	t.Helper()
	s := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	ok := remoting.ProcessorFunc(func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		return protocol.NewResponse(protocol.Success, ""), nil
	})
	s.RegisterProcessor(protocol.RegisterBroker, ok, nil)
	s.RegisterProcessor(protocol.UnregisterBroker, ok, nil)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s.Addr().String()
}

// TestEveryStepRunsWhereItSays has a broker do everything once and holds what was recorded against the steps' own words.
func TestEveryStepRunsWhereItSays(t *testing.T) {
	rec := spantest.NewRecorder()
	component := observ.NewComponent(rec.Provider("broker-a"))
	component.SetDetail(observ.Deep)
	cfg := testConfig(t.TempDir())
	cfg.Register.NamesrvAddr = namesrv(t)
	b, err := broker.New(cfg, broker.Deps{Component: component})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, b: b, client: remoting.NewClient(remoting.ClientConfig{})}
	exercise(r)
	r.stop()
	seldom := map[string]bool{ // every ten seconds
		"broker.scanNotActiveChannel": true, "session.ConsumerManager.scanNotActiveChannel": true, "session.ProducerManager.scanNotActiveChannel": true,
	}
	for _, steps := range [][]*observ.Op{broker.Steps(), processor.Steps(), longpolling.Steps(), outer.Steps(), schedule.Steps(), session.Steps()} {
		for _, op := range steps {
			loc, ok := op.Located()
			switch {
			case !ok && !seldom[op.ID]:
				t.Errorf("%s never ran", op.ID)
			case ok && loc.Function != "github.com/plumemq/plume/"+op.Func:
				t.Errorf("%s ran in %s, and says %s", op.ID, loc.Function, op.Func)
			}
		}
	}
}

// exercise uses every processor once.
func exercise(r *rig) {
	t := r.t
	r.send("Steps", 0, "one", message.Property{Name: "KEYS", Value: "k"})
	r.pull("g", "Steps", 0, 0, 5*time.Second) // until it is dispatched, offset 1 is not the queue's end
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.pull("g", "Steps", 0, 1, 15*time.Second)
	}()
	for r.b.HeldPulls("Steps") == 0 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	r.send("Steps", 0, "two", message.Property{Name: "DELAY", Value: "1"})
	<-done
	batch, _ := message.EncodeBatch([]*message.Message{message.New("Steps", []byte("three"))})
	h := sendHeader("Steps", 0)
	h.Batch = true
	r.call(protocol.SendBatchMessage, h, batch)
	r.heartbeat("c1", "cg", "Steps")
	r.call(protocol.GetConsumerListByGroup, &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: "cg"}, nil)
	r.call(protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Steps"}, nil)
	r.call(protocol.QueryConsumerOffset, &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Steps"}, nil)
	r.call(protocol.ConsumerSendMsgBack, &header.ConsumerSendMsgBackRequestHeader{Group: "cg"}, nil)
	r.call(protocol.QueryMessage, &header.QueryMessageRequestHeader{Topic: "Steps", Key: "k", MaxNum: 1, EndTimestamp: 1 << 60}, nil)
	r.call(protocol.ViewMessageByID, &header.ViewMessageRequestHeader{}, nil)
	r.call(protocol.GetBrokerRuntimeInfo, nil, nil)
	r.call(protocol.UnregisterClient, &header.UnregisterClientRequestHeader{ClientID: "c1", ConsumerGroup: "cg"}, nil)
	if t.Failed() {
		t.FailNow()
	}
}
