package consumer_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// share are the ids of the topic's queues that a member has.
func share(c *consumer.Consumer) (ids []int32) {
	for _, mq := range c.Assignment() {
		if mq.Topic == topic {
			ids = append(ids, mq.QueueID)
		}
	}
	return ids
}

func expectShare(t *testing.T, name string, c *consumer.Consumer, want ...int32) {
	t.Helper()
	if got := share(c); !slices.Equal(got, want) {
		t.Errorf("%s has queues %v, want %v", name, got, want)
	}
}

func TestMembersShareTheQueues(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 8, "broker-a")
		first := f.start(t, nothing, client.WithInstanceName("1"))
		expectShare(t, "alone, the first", first, 0, 1, 2, 3, 4, 5, 6, 7)

		second := f.start(t, nothing, client.WithInstanceName("2"))
		expectShare(t, "of two, the first", first, 0, 1, 2, 3)
		expectShare(t, "of two, the second", second, 4, 5, 6, 7)

		third := f.start(t, nothing, client.WithInstanceName("3"))
		expectShare(t, "of three, the first", first, 0, 1, 2)
		expectShare(t, "of three, the second", second, 3, 4, 5)
		expectShare(t, "of three, the third", third, 6, 7)

		stop(t, second)
		synctest.Wait()
		expectShare(t, "of the two left, the first", first, 0, 1, 2, 3)
		expectShare(t, "of the two left, the third", third, 4, 5, 6, 7)
	})
}

func TestCircle(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 4, "broker-a")
		circle := consumer.WithAllocateStrategy(consumer.AllocateAveragelyByCircle())
		first := f.start(t, nothing, client.WithInstanceName("1"), circle)
		second := f.start(t, nothing, client.WithInstanceName("2"), circle)
		expectShare(t, "the first", first, 0, 2)
		expectShare(t, "the second", second, 1, 3)
	})
}

// A queue that changes hands goes on where its last owner came to.
func TestQueuesChangeHandsWithoutLossOrRepetition(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 2, "broker-a")
		var one, two inbox
		first := f.start(t, one.handle, client.WithInstanceName("1"), consumer.ConsumeFromFirst())
		f.shelf.Put(topic, 0, letters("a0", "b0")...)
		f.shelf.Put(topic, 1, letters("a1", "b1")...)
		settle(11 * time.Second) // by now the offsets are stored
		f.start(t, two.handle, client.WithInstanceName("2"), consumer.ConsumeFromFirst())
		f.shelf.Put(topic, 0, letters("c0")...)
		f.shelf.Put(topic, 1, letters("c1")...)
		synctest.Wait()
		one.expect(t, "a0", "a1", "b0", "b1", "c0")
		two.expect(t, "c1")
		stop(t, first)
		f.shelf.Put(topic, 0, letters("d0")...)
		synctest.Wait()
		two.expect(t, "c1", "d0")
	})
}

// What a handler finishes after its queue was taken away is not committed: the queue's offset is the new owner's.
func TestLateHandlersDoNotCommit(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 2, "broker-a")
		release := make(chan struct{})
		slow := inbox{answer: func(int, *message.MessageExt) error { <-release; return errHandler }}
		f.start(t, slow.handle, client.WithInstanceName("1"), consumer.ConsumeFromFirst())
		f.shelf.Put(topic, 1, letters("x")...)
		synctest.Wait()
		var two inbox
		f.start(t, two.handle, client.WithInstanceName("2"), consumer.ConsumeFromFirst())
		two.expect(t, "x") // again: it was not acknowledged
		f.shelf.SetOffset(group, topic, 1, 100)
		close(release)
		settle(time.Minute)
		if o := f.shelf.Offset(group, topic, 1); o != 1 && o != 100 {
			t.Errorf("offset %d", o)
		}
		if n := len(f.shelf.SentBack()); n != 0 {
			t.Errorf("%d sent back, though the new owner had it", n)
		}
	})
}

func TestSubscribeAndUnsubscribeWhileRunning(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("Other", 2, "broker-a")
		c := f.start(t, nothing)
		if err := c.Subscribe("Other", "TagA || TagB"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := f.shelf.Subscriptions(group); got["Other"] != "TagA || TagB" {
			t.Errorf("the broker has heard of %v", got)
		}
		if n := len(c.Assignment()); n != 4 {
			t.Errorf("%d queues", n)
		}
		pulls := len(f.shelf.Pulls())
		c.Unsubscribe(topic)
		synctest.Wait()
		if got := f.shelf.Subscriptions(group); len(got) != 2 || got[topic] != "" {
			t.Errorf("the broker has heard of %v", got)
		}
		expectShare(t, "unsubscribed", c)
		settle(time.Minute)
		for _, p := range f.shelf.Pulls()[pulls:] {
			if p.Topic == topic {
				t.Fatal("pulled after it was unsubscribed")
			}
		}
	})
}

// A broker that was restarted knows no members: it is told, and nothing is given up meanwhile.
func TestBrokerForgetsTheGroup(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		c := f.start(t, nothing)
		f.shelf.Forget()
		settle(25 * time.Second)
		if m := f.shelf.Members(group); len(m) != 1 {
			t.Errorf("members %v", m)
		}
		expectShare(t, "forgotten", c, 0)
	})
}

func TestQueuesComeAndGoWithTheRoute(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		c := f.start(t, nothing)
		f.AddTopic(topic, 3, "broker-a")
		settle(31 * time.Second)
		expectShare(t, "after the topic grew", c, 0, 1, 2)
		f.AddTopic(topic, 2, "broker-a")
		settle(31 * time.Second)
		expectShare(t, "after it shrank", c, 0, 1)
	})
}

// Two members with one client id would each take the same half: the log says so.
func TestNamesakes(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		core, logs := observer.New(zap.WarnLevel)
		f.broker.Script(protocol.GetConsumerListByGroup, func(int, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			b := body.GetConsumerListByGroupResponseBody{ConsumerIDList: []string{"10.0.0.1@one", "10.0.0.1@one"}}
			resp := protocol.NewResponse(protocol.Success, "")
			resp.Body = b.Encode()
			return resp, nil
		})
		f.start(t, nothing, client.WithInstanceName("one"), client.WithLogger(zap.New(core)))
		if logs.FilterMessageSnippet("share one client id").Len() == 0 {
			t.Errorf("logs %v", logs.All())
		}
	})
}

// A broker that cannot say where to begin leaves the queue for the next round; nothing is guessed, and no 0 is committed.
func TestNoQueueWithoutAnOffset(t *testing.T) {
	for _, code := range []protocol.RequestCode{protocol.QueryConsumerOffset, protocol.GetMaxOffset} {
		t.Run(code.String(), func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.shelf.Put(topic, 0, letters("old")...)
				var well atomic.Bool
				f.broker.Script(code, func(int, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
					if !well.Load() {
						return nil, protocol.NewResponseError(protocol.SystemError, "flapping")
					}
					return nil, nil
				})
				var in inbox
				c := f.start(t, in.handle)
				settle(15 * time.Second)
				expectShare(t, "without an offset", c)
				well.Store(true)
				ctx, cancel := context.WithTimeout(t.Context(), 21*time.Second)
				defer cancel()
				if err := c.AwaitAssignment(ctx, topic); err != nil {
					t.Fatal(err)
				}
				f.shelf.Put(topic, 0, letters("new")...)
				settle(20 * time.Second)
				in.expect(t, "new")
				for _, h := range f.shelf.Commits() {
					if h.Topic == topic && h.CommitOffset == 0 {
						t.Errorf("committed %+v", h)
					}
				}
			})
		})
	}
}
