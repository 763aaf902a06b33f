package consumer_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestFailedMessageIsSentBack(t *testing.T) {
	for name, answer := range map[string]func(int, *message.MessageExt) error{
		"error": func(int, *message.MessageExt) error { return errHandler },
		"panic": func(int, *message.MessageExt) error { panic("out of paper") },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.shelf.Put(topic, 0, letters("x", "y")...)
				in := inbox{answer: func(n int, m *message.MessageExt) error {
					if string(m.Body) == "x" {
						return answer(n, m)
					}
					return nil
				}}
				c := f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithMaxReconsumeTimes(3))
				in.expect(t, "x", "y")
				backs := f.shelf.SentBack()
				if len(backs) != 1 {
					t.Fatalf("%d sent back", len(backs))
				}
				if b := backs[0]; b.Group != group || b.OriginTopic != topic || b.Offset != 1000 || b.DelayLevel != 0 || b.OriginMsgID == "" ||
					b.MaxReconsumeTimes != protocol.SomeInt32(3) || b.BrokerName != "broker-a" {
					t.Errorf("sent back %+v", b)
				}
				stop(t, c)
				if o := f.shelf.Offset(group, topic, 0); o != 2 {
					t.Errorf("offset %d", o)
				}
			})
		})
	}
}

func TestRetryFrom(t *testing.T) {
	for _, test := range []struct{ from, back int }{{0, 4}, {1, 3}, {3, 1}, {4, 0}, {-1, 4}, {9, 0}} {
		run(t, func(t *testing.T, f *fixture) {
			f.shelf.Put(topic, 0, letters("a", "b", "c", "d")...)
			batches := 0
			f.start(t, func(_ context.Context, msgs []*message.MessageExt) error {
				batches++
				return errors.Join(consumer.RetryFrom(test.from, errHandler)) // found within others
			}, consumer.ConsumeFromFirst(), consumer.WithBatchMaxSize(4))
			if n := len(f.shelf.SentBack()); n != test.back || batches != 1 {
				t.Errorf("retry from %d of 4: %d sent back in %d batches", test.from, n, batches)
			}
		})
	}
	if err := consumer.RetryFrom(2, errHandler); !errors.Is(err, errHandler) || err.Error() != "retry from message 2: handler said no" {
		t.Error(err)
	}
}

func TestBatches(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c", "d", "e")...)
		var mu sync.Mutex
		var sizes []int
		f.start(t, func(_ context.Context, msgs []*message.MessageExt) error {
			mu.Lock()
			defer mu.Unlock()
			sizes = append(sizes, len(msgs))
			return nil
		}, consumer.ConsumeFromFirst(), consumer.WithBatchMaxSize(2))
		if slices.Sort(sizes); !slices.Equal(sizes, []int{1, 2, 2}) {
			t.Errorf("batches of %v", sizes)
		}
	})
}

// A broker that does not take the message back gets it as an ordinary send to the retry topic.
func TestFallbackToTheRetryTopic(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.Refuse(protocol.SystemError, "no"))
		record := tagged("x", "TagA")
		record.Flag, record.ReconsumeTimes = 7, 2
		f.shelf.Put(topic, 0, record)
		in := inbox{answer: func(int, *message.MessageExt) error { return errHandler }}
		c := f.start(t, in.handle, consumer.ConsumeFromFirst())
		sent := f.broker.Sent()
		if len(sent) != 1 || sent[0].Topic != "%RETRY%group" || string(sent[0].Body) != "x" || sent[0].Flag != 7 {
			t.Fatalf("sent %+v", sent)
		}
		if sent[0].ReconsumeTimes != 3 || sent[0].MaxReconsumeTimes != protocol.SomeInt32(16) {
			t.Errorf("attempt %d of %v", sent[0].ReconsumeTimes, sent[0].MaxReconsumeTimes)
		}
		p := message.ParseProperties(sent[0].Properties)
		for key, want := range map[string]string{
			"RETRY_TOPIC": topic, "TAGS": "TagA", "DELAY": "5",
			"ORIGIN_MESSAGE_ID": in.last.MsgID,
		} {
			if got := p.Get(key); got != want {
				t.Errorf("%s = %q, want %q", key, got, want)
			}
		}
		stop(t, c)
		if o := f.shelf.Offset(group, topic, 0); o != 1 {
			t.Errorf("offset %d: the message is stored for retry", o)
		}
	})
}

// P22: the offset never passes a message that was neither consumed nor stored for retry.
func TestMessageThatCannotBeSentBackIsConsumedAgain(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.Refuse(protocol.SystemError, "no"))
		f.broker.Answers(clustertest.Refused(protocol.SystemError, "no"))
		f.shelf.Put(topic, 0, letters("fine", "bad", "fine too")...)
		var well atomic.Bool
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			if string(m.Body) == "bad" && !well.Load() {
				return errHandler
			}
			return nil
		}}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(1))
		in.expect(t, "bad", "fine", "fine too")
		for range 4 {
			settle(5 * time.Second)
			if o := f.shelf.Offset(group, topic, 0); o > 1 {
				t.Fatalf("offset %d passed the message at 1", o)
			}
		}
		in.expect(t, "bad", "bad", "bad", "bad", "bad", "fine", "fine too")
		well.Store(true)
		settle(15 * time.Second)
		if o := f.shelf.Offset(group, topic, 0); o != 3 {
			t.Errorf("offset %d", o)
		}
		for i := 1; i < len(in.times); i++ {
			if d := in.times[i].Sub(in.times[i-1]); d != 0 && d != 5*time.Second {
				t.Errorf("handled again after %v", d)
			}
		}
	})
}

// U16: the send-back blackholed and the process gone: delivered again.
func TestMessageThatWasNotSentBackSurvivesARestart(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.Refuse(protocol.SystemError, "no"))
		f.broker.Answers(clustertest.Refused(protocol.SystemError, "no"))
		f.shelf.Put(topic, 0, letters("a", "bad", "c")...)
		first := inbox{answer: func(_ int, m *message.MessageExt) error {
			if string(m.Body) == "bad" {
				return errHandler
			}
			return nil
		}}
		stop(t, f.start(t, first.handle, consumer.ConsumeFromFirst()))
		var second inbox
		f.start(t, second.handle)
		second.expect(t, "bad", "c")
	})
}

// Consumers that share a client instance can all fall back: each has an inner producer of its own.
func TestFallbackOfConsumersThatShare(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.Refuse(protocol.SystemError, "no"))
		f.shelf.Put(topic, 0, letters("x")...)
		shared := []consumer.Option{
			client.WithNameServers(f.NameServer()), client.WithNetwork(f.Net), client.WithShared(client.NewShared()), client.WithInstanceName("one"),
			consumer.ConsumeFromFirst(),
		}
		for _, g := range []string{"g1", "g2"} {
			f.AddTopic("%RETRY%"+g, 1, "broker-a")
			c, err := consumer.New(g, func(context.Context, []*message.MessageExt) error { return errHandler }, shared...)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Subscribe(topic, "*"); err != nil {
				t.Fatal(err)
			}
			launch(t, c)
		}
		if n := len(f.broker.Sent()); n != 2 {
			t.Errorf("%d messages in the retry topics", n)
		}
	})
}

// A handler that never returns does not hold up the offset for ever: its message is sent back, and the others' progress counts.
func TestStuckMessageIsSentBack(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("stuck", "b", "c")...)
		release := make(chan struct{})
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			if string(m.Body) == "stuck" {
				<-release
				return errHandler // which no longer matters
			}
			return nil
		}}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConsumeTimeout(time.Minute))
		settle(50 * time.Second)
		if o := f.shelf.Offset(group, topic, 0); o != 0 && o != -1 {
			t.Errorf("offset %d passed the stuck message", o)
		}
		settle(80 * time.Second)
		if n := len(f.shelf.SentBack()); n != 1 {
			t.Fatalf("%d sent back", n)
		}
		if o := f.shelf.Offset(group, topic, 0); o != 3 {
			t.Errorf("offset %d", o)
		}
		close(release)
		settle(5 * time.Minute)
		if n := len(f.shelf.SentBack()); n != 1 {
			t.Errorf("%d sent back in the end", n)
		}
		in.expect(t, "b", "c", "stuck")
	})
}

func TestStuckMessageThatCannotBeSentBackIsTriedAgain(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.RefuseFirst(1, protocol.SystemError))
		f.broker.Answers(clustertest.Refused(protocol.SystemError, "no"))
		f.shelf.Put(topic, 0, letters("stuck")...)
		release := make(chan struct{})
		in := inbox{answer: func(int, *message.MessageExt) error { <-release; return nil }}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConsumeTimeout(time.Minute))
		settle(3 * time.Minute)
		if o := f.shelf.Offset(group, topic, 0); o > 0 || len(f.shelf.SentBack()) != 0 {
			t.Errorf("offset %d, %d sent back", o, len(f.shelf.SentBack()))
		}
		settle(3 * time.Minute)
		if o := f.shelf.Offset(group, topic, 0); o != 1 || len(f.shelf.SentBack()) != 1 {
			t.Errorf("offset %d, %d sent back", o, len(f.shelf.SentBack()))
		}
		close(release)
		synctest.Wait()
	})
}
