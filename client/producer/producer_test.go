package producer_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		group string
		opts  []producer.Option
	}{
		"no group":        {group: ""},
		"bad group":       {group: "a group"},
		"the default one": {group: "DEFAULT_PRODUCER"},
		"timeout":         {group: "g", opts: []producer.Option{producer.WithSendTimeout(0)}},
		"retries":         {group: "g", opts: []producer.Option{producer.WithRetryTimes(-1)}},
		"address":         {group: "g", opts: []producer.Option{client.WithNameServers("nowhere")}},
		"credentials":     {group: "g", opts: []producer.Option{client.WithCredentials(client.Credentials{AccessKey: "a"})}},
		"interval":        {group: "g", opts: []producer.Option{client.WithHeartbeatInterval(0)}},
		"queues":          {group: "g", opts: []producer.Option{producer.WithCreateTopicKey("TBW102", 0)}},
	} {
		if _, err := producer.New(test.group, test.opts...); !errors.Is(err, client.ErrInvalidConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStartNeedsANameServer(t *testing.T) {
	t.Setenv("NAMESRV_ADDR", "")
	p, err := producer.New("group")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); !errors.Is(err, client.ErrNoNameServer) {
		t.Errorf("error %v", err)
	}
	if _, err := p.Send(t.Context(), hello()); !errors.Is(err, client.ErrNotRunning) {
		t.Errorf("error %v", err)
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNameServersFromTheEnvironment(t *testing.T) {
	t.Setenv("NAMESRV_ADDR", "127.0.0.1:1;127.0.0.1:2")
	p, err := producer.New("group")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); !errors.Is(err, client.ErrAlreadyStarted) {
		t.Errorf("started twice: %v", err)
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestHeartbeatsAndUnregistration(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		if _, err := f.SendToQueue(t.Context(), hello(), message.MessageQueue{Topic: topic, BrokerName: "broker-a"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n, _ := f.Broker("broker-a").Requests(protocol.HeartBeat); n != 1 {
			t.Errorf("%d heartbeats with the first message", n)
		}
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		for name, want := range map[string]int{"broker-a": 2, "broker-b": 1} {
			n, body := f.Broker(name).Requests(protocol.HeartBeat)
			var data heartbeat.HeartbeatData
			if err := data.Decode(body); err != nil || n != want || data.ClientID != f.ClientID() ||
				len(data.ProducerDataSet) != 1 || data.ProducerDataSet[0].GroupName != "group" {
				t.Errorf("%s: %d heartbeats, %+v, %v", name, n, data, err)
			}
		}
		time.Sleep(time.Minute)
		if n, _ := f.Broker("broker-a").Requests(protocol.HeartBeat); n != 4 {
			t.Errorf("%d heartbeats in a minute", n)
		}
		if err := f.Producer.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, _ := f.Broker("broker-a").Requests(protocol.UnregisterClient); n != 1 {
			t.Errorf("%d unregistrations", n)
		}
	})
}

func TestStartStopStart(t *testing.T) {
	before := runtime.NumGoroutine()
	run(t, func(t *testing.T, f *fixture) {
		for range 100 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
			if err := f.Producer.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := f.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() { // the last may still be returning
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

func TestSendsWhileRestarting(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					_, err := f.Send(t.Context(), hello())
					if err != nil && !errors.Is(err, client.ErrNotRunning) && !errors.Is(err, remoting.ErrClosed) && !errors.Is(err, client.ErrNoRoute) {
						t.Error(err)
					}
				}
			})
		}
		for range 10 {
			if err := f.Producer.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := f.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
	})
}

func TestSharedInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		c := clustertest.New(t, sim, "broker-a")
		c.AddTopic(topic, 4, "broker-a")
		opts := []producer.Option{
			client.WithNameServers(c.NameServer()), client.WithNetwork(sim), client.WithShared(client.NewShared()), client.WithInstanceName("one"),
		}
		start := func(group string) (*producer.Producer, error) {
			p, err := producer.New(group, opts...)
			if err != nil {
				t.Fatal(err)
			}
			return p, p.Start(t.Context())
		}
		first, err := start("first")
		if err != nil {
			t.Fatal(err)
		}
		second, err := start("second")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := start("first"); !errors.Is(err, client.ErrGroupExists) {
			t.Errorf("the same group again: %v", err)
		}
		for _, p := range []*producer.Producer{first, second} {
			if _, err := p.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if n := sim.Dials(c.Broker("broker-a").Addr()); n != 1 {
			t.Errorf("%d connections for two producers of one instance", n)
		}
		if err := first.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Send(t.Context(), hello()); err != nil {
			t.Errorf("after the other's shutdown: %v", err)
		}
		if err := second.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLatencyFaultToleranceAvoidsAFailingBroker(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.Broker("broker-a").Answers(clustertest.Refused(protocol.SystemError, "disk"))
		for range 32 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(f.Broker("broker-a").Sent()); n > 1 {
			t.Errorf("the failing broker was tried %d times within its isolation", n)
		}
		f.Broker("broker-a").Answers(clustertest.Stored)
		time.Sleep(11 * time.Second)
		for range 32 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(f.Broker("broker-a").Sent()); n < 8 {
			t.Errorf("the broker that is well again got %d of 32", n)
		}
	}, producer.WithLatencyFaultTolerance(true))
}

func TestTopicsNamedAtTheStart(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		if f.Asked(topic) != 1 || f.Asked("Missing") != 1 {
			t.Errorf("asked for %d and %d", f.Asked(topic), f.Asked("Missing"))
		}
		if n, _ := f.Broker("broker-a").Requests(protocol.HeartBeat); n != 1 {
			t.Errorf("%d heartbeats at the start", n)
		}
	}, producer.WithTopics(topic, "Missing"))
}
