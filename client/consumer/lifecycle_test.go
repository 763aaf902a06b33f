package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		group   string
		handler consumer.Handler
		opts    []consumer.Option
	}{
		"no group":    {group: "", handler: nothing},
		"bad group":   {group: "a group", handler: nothing},
		"no handler":  {group: group},
		"concurrency": {group: group, handler: nothing, opts: []consumer.Option{consumer.WithConcurrency(0)}},
		"batch":       {group: group, handler: nothing, opts: []consumer.Option{consumer.WithBatchMaxSize(1025)}},
		"pull batch":  {group: group, handler: nothing, opts: []consumer.Option{consumer.WithPullBatchSize(0)}},
		"flow":        {group: group, handler: nothing, opts: []consumer.Option{consumer.WithFlowControl(0, 1)}},
		"timeout":     {group: group, handler: nothing, opts: []consumer.Option{consumer.WithConsumeTimeout(0)}},
		"interval":    {group: group, handler: nothing, opts: []consumer.Option{consumer.WithPullInterval(-1)}},
		"address":     {group: group, handler: nothing, opts: []consumer.Option{client.WithNameServers("nowhere")}},
	} {
		if _, err := consumer.New(test.group, test.handler, test.opts...); !errors.Is(err, client.ErrInvalidConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := consumer.New(group, nothing)
	if err != nil {
		t.Fatal(err)
	}
	for topic, expression := range map[string]string{"a topic": "*", "T": "||"} {
		if err := c.Subscribe(topic, expression); !errors.Is(err, client.ErrInvalidConfig) {
			t.Errorf("subscribe %q to %q: %v", topic, expression, err)
		}
	}
}

func TestStartNeedsANameServer(t *testing.T) {
	t.Setenv("NAMESRV_ADDR", "")
	c, err := consumer.New(group, nothing)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a failed start leaves nothing behind and can be repeated
		if err := c.Start(t.Context()); !errors.Is(err, client.ErrNoNameServer) {
			t.Errorf("error %v", err)
		}
	}
	if err := c.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Start(t.Context()); !errors.Is(err, client.ErrNotRunning) {
		t.Errorf("started after its shutdown: %v", err)
	}
}

func TestStartWhileTheNameServerIsDown(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.StopNameServer()
		c := f.start(t, nothing)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.AwaitAssignment(ctx, topic); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

func TestHeartbeatComesBeforeTheFirstRebalance(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.GetConsumerListByGroup, func(int, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			if len(f.shelf.Members(group)) == 0 {
				t.Error("asked for the members before the heartbeat")
			}
			return nil, nil
		})
		c := f.start(t, nothing)
		if got := f.shelf.Subscriptions(group); got[topic] != "*" || got["%RETRY%group"] != "*" || len(got) != 2 {
			t.Errorf("subscriptions %v", got)
		}
		if got := fmt.Sprint(c.Assignment()); len(c.Assignment()) != 2 {
			t.Errorf("assigned %s", got)
		}
		if err := c.Start(t.Context()); !errors.Is(err, client.ErrAlreadyStarted) {
			t.Errorf("started twice: %v", err)
		}
	})
}

func TestUnknownTopicIsConsumedOnceItExists(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		var in inbox
		c := f.member(t, in.handle, consumer.ConsumeFromFirst())
		if err := c.Subscribe("Late", "*"); err != nil {
			t.Fatal(err)
		}
		launch(t, c)
		settle(time.Minute)
		if n := f.Asked("Late"); n > 12 {
			t.Errorf("the name server was asked %d times in a minute", n)
		}
		f.AddTopic("Late", 1, "broker-a")
		f.shelf.Put("Late", 0, letters("x")...)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := c.AwaitAssignment(ctx, "Late"); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		in.expect(t, "x")
	})
}

func TestShutdownStoresOffsetsAndLeaves(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		var in inbox
		f.shelf.Put(topic, 0, letters("a", "b")...)
		c := f.start(t, in.handle, consumer.ConsumeFromFirst())
		in.expect(t, "a", "b")
		if n := len(f.shelf.Commits()); n != 0 {
			t.Errorf("%d commits before the first interval", n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what was done is stored all the same
		if err := c.Shutdown(ctx); err != nil && !errors.Is(err, consumer.ErrHandlersStillRunning) {
			t.Error(err)
		}
		if o := f.shelf.Offset(group, topic, 0); o != 2 {
			t.Errorf("offset %d stored, want 2", o)
		}
		if m := f.shelf.Members(group); len(m) != 0 {
			t.Errorf("members %v", m)
		}
		if err := c.AwaitAssignment(t.Context(), topic); !errors.Is(err, client.ErrNotRunning) {
			t.Errorf("waiting after the shutdown: %v", err)
		}
		stop(t, c) // again: nothing
	})
}

func TestShutdownWaitsForHandlers(t *testing.T) {
	for name, test := range map[string]struct {
		needs  time.Duration
		err    error
		offset int64
	}{
		"long enough":      {needs: 4 * time.Second, offset: 1},
		"not for ever":     {needs: 6 * time.Second, err: consumer.ErrHandlersStillRunning, offset: -1},
		"no, ctx is over":  {needs: 4*time.Second + 1, err: consumer.ErrHandlersStillRunning, offset: -1},
		"as long as asked": {needs: 5*time.Second - 1, offset: 1},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.shelf.Put(topic, 0, letters("slow", "waits")...)
				c := f.start(t, func(context.Context, []*message.MessageExt) error {
					time.Sleep(test.needs)
					return nil
				}, consumer.ConsumeFromFirst(), consumer.WithConcurrency(1))
				ctx := t.Context()
				if name == "no, ctx is over" {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Second)
					defer cancel()
				}
				if err := c.Shutdown(ctx); !errors.Is(err, test.err) {
					t.Errorf("error %v, want %v", err, test.err)
				}
				if o := f.shelf.Offset(group, topic, 0); o != test.offset {
					t.Errorf("offset %d, want %d", o, test.offset)
				}
				settle(10 * time.Second)
				if o := f.shelf.Offset(group, topic, 0); o != test.offset {
					t.Errorf("offset moved to %d after the shutdown", o)
				}
			})
		})
	}
}

func TestHandlersContextEndsWhenPatienceDoes(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("x")...)
		ended := make(chan error, 1)
		c := f.start(t, func(ctx context.Context, _ []*message.MessageExt) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}, consumer.ConsumeFromFirst(), consumer.WithAwaitTermination(time.Second))
		if err := c.Shutdown(t.Context()); !errors.Is(err, consumer.ErrHandlersStillRunning) {
			t.Errorf("error %v", err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// Goroutines that stayed behind would keep the test from ending: synctest reports them as a deadlock.
func TestStartStop(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for i := range 50 {
			var in inbox
			c := f.start(t, in.handle, consumer.ConsumeFromFirst())
			f.shelf.Put(topic, 0, letters(fmt.Sprint(i))...)
			synctest.Wait()
			in.expect(t, fmt.Sprint(i)) // none twice, none lost
			stop(t, c)
		}
	})
}

func TestSharedInstanceHasOneMemberOfAGroup(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		shared := []consumer.Option{client.WithShared(client.NewShared()), client.WithInstanceName("one")}
		f.start(t, nothing, shared...)
		second := f.member(t, nothing, shared...)
		if err := second.Start(t.Context()); !errors.Is(err, client.ErrGroupExists) {
			t.Errorf("error %v", err)
		}
		if n := f.sim.Dials(f.broker.Addr()); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

func TestNamespace(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("ns%"+topic, 1, "broker-a")
		f.AddTopic("%RETRY%ns%group", 1, "broker-a")
		var p message.Properties
		p.Set(message.PropertyRetryTopic, "ns%"+topic)
		f.shelf.Put("ns%"+topic, 0, letters("x")...)
		f.shelf.Put("%RETRY%ns%group", 0, message.Record{Body: []byte("again"), Properties: p.String()})
		var topics []string
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			topics = append(topics, m.Topic)
			return errHandler
		}}
		c := f.start(t, in.handle, consumer.ConsumeFromFirst(), client.WithNamespace("ns"), consumer.WithConcurrency(1))
		in.expect(t, "again", "x")
		if !slices.Equal(topics, []string{topic, topic}) {
			t.Errorf("the handler saw topics %v", topics)
		}
		for _, back := range f.shelf.SentBack() {
			if back.Group != "ns%group" || back.OriginTopic != "ns%"+topic {
				t.Errorf("sent back %+v", back)
			}
		}
		if err := c.AwaitAssignment(t.Context(), topic); err != nil {
			t.Error(err)
		}
		if got := f.shelf.Subscriptions("ns%group"); len(got) != 2 {
			t.Errorf("subscriptions %v", got)
		}
	})
}
