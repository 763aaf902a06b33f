package consumer_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

func TestWhereANewGroupBegins(t *testing.T) {
	noon := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		opts []consumer.Option
		want []string
	}{
		"last":         {nil, []string{"new"}},
		"first":        {[]consumer.Option{consumer.ConsumeFromFirst()}, []string{"1", "2", "3", "new"}},
		"time":         {[]consumer.Option{consumer.ConsumeFromTime(noon.Add(time.Minute))}, []string{"2", "3", "new"}},
		"time to come": {[]consumer.Option{consumer.ConsumeFromTime(noon.Add(time.Hour))}, []string{"new"}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				stored := letters("1", "2", "3")
				for i := range stored {
					stored[i].StoreTimestamp = noon.Add(time.Duration(i) * time.Minute).UnixMilli()
				}
				f.shelf.Put(topic, 0, stored...)
				var in inbox
				f.start(t, in.handle, test.opts...)
				f.shelf.Put(topic, 0, letters("new")...)
				synctest.Wait()
				in.expect(t, test.want...)
			})
		})
	}
}

func TestAnOldGroupGoesOnWhereItCameTo(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		f.shelf.SetOffset(group, topic, 0, 1)
		var in inbox
		f.start(t, in.handle)
		in.expect(t, "b", "c")
	})
}

// The retry topic begins with its first message, whatever the topics do: it holds what this group failed on.
func TestRetryTopicBeginsWithItsFirst(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		var p message.Properties
		p.Set(message.PropertyRetryTopic, topic)
		f.shelf.Put(message.RetryTopic(group), 0, message.Record{Body: []byte("again"), Properties: p.String(), ReconsumeTimes: 1})
		var in inbox
		f.start(t, in.handle)
		in.expect(t, "again")
		if in.last.Topic != topic || in.last.ReconsumeTimes != 1 {
			t.Errorf("topic %s, attempt %d", in.last.Topic, in.last.ReconsumeTimes)
		}
	})
}

func TestPullRequest(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		f.start(t, nothing, consumer.ConsumeFromFirst(), consumer.WithPullBatchSize(2), consumer.WithSuspendTimeout(10*time.Second))
		var mine []header.PullMessageRequestHeader
		for _, p := range f.shelf.Pulls() {
			if p.Topic == topic {
				mine = append(mine, p)
			}
		}
		if len(mine) != 3 {
			t.Fatalf("%d pulls for 3 messages and the long poll", len(mine))
		}
		first, last := mine[0], mine[2]
		if first.ConsumerGroup != group || first.QueueOffset != 0 || first.MaxMsgNums != 2 || first.SuspendTimeoutMillis != 10000 ||
			first.SysFlag != header.PullSuspend || first.ExpressionType != "TAG" || first.SubVersion == 0 || first.BrokerName != "broker-a" {
			t.Errorf("first pull %+v", first)
		}
		if last.QueueOffset != 3 {
			t.Errorf("last pull %+v", last)
		}
		if last.SysFlag&header.PullCommitOffset != 0 && last.CommitOffset > 3 {
			t.Errorf("commits %d with the pull", last.CommitOffset)
		}
		settle(11 * time.Second) // the broker has nothing and says so: the next long poll follows
		if n := len(f.shelf.Pulls()); n < 5 {
			t.Errorf("%d pulls", n)
		}
	})
}

func TestMessagesFilteredOutAreNotHandledButPassed(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		// "Aa" and "BB" have one hash: the broker cannot tell them apart.
		f.shelf.Put(topic, 0, tagged("wanted", "Aa"), tagged("namesake", "BB"), tagged("wanted too", "Aa"), tagged("namesake", "BB"))
		var in inbox
		c := f.member(t, in.handle, consumer.ConsumeFromFirst())
		if err := c.Subscribe(topic, " Aa || C "); err != nil {
			t.Fatal(err)
		}
		launch(t, c)
		in.expect(t, "wanted", "wanted too")
		f.shelf.Put(topic, 0, tagged("namesake", "BB"))
		settle(11 * time.Second)
		if o := f.shelf.Offset(group, topic, 0); o != 5 {
			t.Errorf("offset %d: what was filtered out is done", o)
		}
	})
}

func TestNoMatchedMessageGoesOnAtOnce(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters(make([]string, 500)...)...)
		f.shelf.Put(topic, 0, letters("x")...)
		f.broker.Script(protocol.PullMessage, func(_ int, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			var h header.PullMessageRequestHeader
			if err := rc.Request.DecodeHeader(&h); err != nil || h.Topic != topic || h.QueueOffset >= 500 {
				return nil, err
			}
			return clustertest.Pulled(protocol.PullRetryImmediately, h.QueueOffset+10), nil
		})
		var in inbox
		begin := time.Now()
		f.start(t, in.handle, consumer.ConsumeFromFirst())
		in.expect(t, "x")
		if d := time.Since(begin); d != 0 {
			t.Errorf("50 scans took %v", d)
		}
	})
}

// topicPulls scripts the answers to pulls of the topic; nil: the broker's own.
func (f *fixture) topicPulls(answer func(n int, h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error)) {
	var n atomic.Int32
	f.broker.Script(protocol.PullMessage, func(_ int, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		var h header.PullMessageRequestHeader
		if err := rc.Request.DecodeHeader(&h); err != nil || h.Topic != topic {
			return nil, err
		}
		return answer(int(n.Add(1))-1, h)
	})
}

func TestIllegalOffsetIsCorrected(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b")...)
		f.shelf.SetOffset(group, topic, 0, 1000) // the broker lost its disk, say
		f.topicPulls(func(_ int, h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			if h.QueueOffset > 100 {
				return clustertest.Pulled(protocol.PullOffsetMoved, 2), nil
			}
			return nil, nil
		})
		var in inbox
		c := f.start(t, in.handle)
		if o := f.shelf.Offset(group, topic, 0); o != 2 { // later pulls may carry a higher one
			t.Errorf("the corrected offset was stored as %d", o)
		}
		f.shelf.Put(topic, 0, letters("c")...)
		synctest.Wait()
		in.expect(t, "c")
		expectShare(t, "corrected", c, 0)
	})
}

// What waits for a handler when the broker corrects an offset is not lost by that: it is pulled again.
func TestACorrectedOffsetPassesOverNothing(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b")...)
		begun := make(chan struct{})
		f.topicPulls(func(n int, _ header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			if n == 1 {
				<-begun
				return clustertest.Pulled(protocol.PullOffsetMoved, 2), nil
			}
			return nil, nil
		})
		release := make(chan struct{})
		in := inbox{answer: func(n int, _ *message.MessageExt) error {
			if n == 0 {
				close(begun)
			}
			<-release
			return nil
		}}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(1))
		if o := f.shelf.Offset(group, topic, 0); o != 0 {
			t.Errorf("the corrected offset was stored as %d, and nothing is done", o)
		}
		close(release)
		settle(10 * time.Second)
		in.expect(t, "a", "a", "b")
		if o := f.shelf.Offset(group, topic, 0); o != 2 {
			t.Errorf("all is done, and the offset %d", o)
		}
	})
}

// A broker that corrects every offset is not asked thousands of times a second.
func TestStormsAreHeldDown(t *testing.T) {
	for name, answer := range map[string]func(h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error){
		"corrects every offset": func(h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			return clustertest.Pulled(protocol.PullOffsetMoved, 7), nil
		},
		"never holds a pull": func(h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			return clustertest.Pulled(protocol.PullNotFound, h.QueueOffset), nil
		},
		"finds nothing": func(h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			return clustertest.Pulled(protocol.Success, h.QueueOffset), nil
		},
		"is always busy": func(header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			return nil, protocol.NewResponseError(protocol.SystemBusy, "busy")
		},
		"has never heard of the group": func(header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			return nil, protocol.NewResponseError(protocol.SubscriptionNotExist, "who?")
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				var pulls atomic.Int32
				var calm atomic.Bool
				f.topicPulls(func(_ int, h header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
					if calm.Load() {
						return nil, nil
					}
					pulls.Add(1)
					return answer(h)
				})
				var in inbox
				f.start(t, in.handle)
				settle(time.Minute)
				if n := pulls.Load(); n < 15 || n > 80 {
					t.Errorf("%d pulls in a minute", n)
				}
				if n, _ := f.broker.Requests(protocol.HeartBeat); n > 40 {
					t.Errorf("%d heartbeats in a minute", n)
				}
				calm.Store(true)
				settle(5 * time.Second)
				f.shelf.Put(topic, 0, message.Record{Body: []byte("x"), QueueOffset: 10})
				synctest.Wait()
				in.expect(t, "x")
			})
		})
	}
}

func TestPullErrors(t *testing.T) {
	for name, test := range map[string]struct {
		code  protocol.ResponseCode
		after time.Duration // within which the message comes all the same
		beats int           // heartbeats besides the first
	}{
		"busy":                 {protocol.SystemBusy, 20 * time.Millisecond, 0},
		"flow control":         {protocol.FlowControl, 20 * time.Millisecond, 0},
		"unknown subscription": {protocol.SubscriptionNotExist, 100 * time.Millisecond, 1},
		"old subscription":     {protocol.SubscriptionNotLatest, 100 * time.Millisecond, 1},
		"any other":            {protocol.SystemError, 3 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.topicPulls(func(n int, _ header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
					if n == 0 {
						return nil, protocol.NewResponseError(test.code, "no")
					}
					return nil, nil
				})
				f.shelf.Put(topic, 0, letters("x")...)
				in := inbox{}
				begin := time.Now()
				f.start(t, in.handle, consumer.ConsumeFromFirst())
				settle(test.after)
				in.expect(t, "x")
				if d := in.times[0].Sub(begin); d != test.after {
					t.Errorf("after %v, want %v", d, test.after)
				}
				if n, _ := f.broker.Requests(protocol.HeartBeat); test.after < time.Second && n != 1+test.beats {
					t.Errorf("%d heartbeats", n)
				}
			})
		})
	}
}

func TestConsumingGoesOnAfterTheConnectionWasLost(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 4, "broker-a")
		var in inbox
		f.start(t, in.handle, consumer.ConsumeFromFirst())
		for i, body := range []string{"a", "b", "c"} {
			f.sim.Reset(f.broker.Addr())
			f.shelf.Put(topic, int32(i), letters(body)...)
			settle(30 * time.Second)
		}
		in.expect(t, "a", "b", "c")
	})
}

func TestDamagedPullIsRepeated(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		good := message.Record{Topic: topic, Body: []byte("good")}
		f.topicPulls(func(n int, _ header.PullMessageRequestHeader) (*protocol.RemotingCommand, error) {
			if n > 0 {
				return nil, nil
			}
			bad := good
			bad.BodyCRC = 42
			resp := clustertest.Pulled(protocol.Success, 1)
			resp.Body = message.AppendRecord(nil, &bad)
			return resp, nil
		})
		f.shelf.Put(topic, 0, good)
		var in inbox
		f.start(t, in.handle, consumer.ConsumeFromFirst())
		settle(4 * time.Second)
		in.expect(t, "good")
	})
}

// A body that cannot be unpacked does not hold up its queue: it goes the way of a failed message.
func TestUnreadableBodyIsSentBack(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, message.Record{Body: []byte("not zlib"), SysFlag: message.FlagCompressed}, message.Record{Body: []byte("good")})
		var in inbox
		f.start(t, in.handle, consumer.ConsumeFromFirst())
		in.expect(t, "good")
		if n := len(f.shelf.SentBack()); n != 1 {
			t.Errorf("%d sent back", n)
		}
		settle(11 * time.Second)
		if o := f.shelf.Offset(group, topic, 0); o != 2 {
			t.Errorf("offset %d", o)
		}
	})
}

func TestFlowControl(t *testing.T) {
	for name, test := range map[string]struct {
		stored []message.Record
		opts   []consumer.Option
		pulled int // messages, while the handlers are stuck
	}{
		"count": {letters(slices.Repeat([]string{"x"}, 100)...), []consumer.Option{consumer.WithFlowControl(20, 1<<20)}, 30},
		"bytes": {letters(slices.Repeat([]string{string(make([]byte, 1000))}, 100)...), []consumer.Option{consumer.WithFlowControl(1000, 35_000)}, 40},
		"span": {
			append(letters("x", "x", "x", "x", "x", "x", "x", "x", "x"), message.Record{Body: []byte("far"), QueueOffset: 3000}, message.Record{Body: []byte("y")}),
			nil, 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.shelf.Put(topic, 0, test.stored...)
				release := make(chan struct{})
				in := inbox{answer: func(int, *message.MessageExt) error { <-release; return nil }}
				opts := append([]consumer.Option{consumer.ConsumeFromFirst(), consumer.WithPullBatchSize(10), consumer.WithConcurrency(2)}, test.opts...)
				f.start(t, in.handle, opts...)
				settle(10 * time.Second)
				pulled := int64(0)
				for _, p := range f.shelf.Pulls() {
					if p.Topic == topic {
						pulled += 10
					}
				}
				if pulled != int64(test.pulled) {
					t.Errorf("pulled %d messages while nobody handled them, want %d", pulled, test.pulled)
				}
				close(release)
				settle(10 * time.Second)
				if n := len(in.got()); n != len(test.stored) {
					t.Errorf("handled %d of %d", n, len(test.stored))
				}
			})
		})
	}
}

func TestPullInterval(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		var in inbox
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithPullBatchSize(1), consumer.WithPullInterval(time.Second))
		settle(5 * time.Second)
		in.expect(t, "a", "b", "c")
		if d := in.times[2].Sub(in.times[0]); d != 2*time.Second {
			t.Errorf("three pulls within %v", d)
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c", "d", "e", "f")...)
		in := inbox{answer: func(int, *message.MessageExt) error { time.Sleep(time.Second); return nil }}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(2), client.WithInstanceName("1"))
		for _, want := range []int{2, 4, 6} {
			if n := len(in.got()); n != want {
				t.Errorf("%d handled, want %d", n, want)
			}
			settle(time.Second)
		}
	})
}
