package producer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	"github.com/plumemq/plume/remoting/protocol/route"
)

func TestSendStoresTheMessage(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		msg := hello()
		msg.SetTags("TagA")
		msg.Flag = 7
		res, err := f.Send(t.Context(), msg)
		if err != nil {
			t.Fatal(err)
		}
		broker := f.Broker(res.MessageQueue.BrokerName)
		sent := broker.Sent()
		if len(sent) != 1 {
			t.Fatalf("the broker got %d messages", len(sent))
		}
		s := sent[0]
		if s.Code != protocol.SendMessageV2 || s.ProducerGroup != "group" || s.Topic != topic || s.DefaultTopic != "TBW102" ||
			s.DefaultTopicQueueNums != 4 || s.Flag != 7 || s.BrokerName != broker.Name || string(s.Body) != "hello" {
			t.Errorf("sent %+v", s)
		}
		properties := message.ParseProperties(s.Properties)
		if properties.Get("UNIQ_KEY") != res.MsgID || properties.Get("TAGS") != "TagA" || len(properties) != 2 {
			t.Errorf("properties %v, id %s", properties, res.MsgID)
		}
		want := producer.SendResult{
			Status: producer.SendOK, MsgID: res.MsgID, OffsetMsgID: strings.Repeat("0", 32), TransactionID: res.MsgID,
			MessageQueue: message.MessageQueue{Topic: topic, BrokerName: broker.Name, QueueID: s.QueueID},
			RegionID:     "DefaultRegion", TraceOn: true,
		}
		if *res != want {
			t.Errorf("result %+v, want %+v", *res, want)
		}
		if len(msg.Properties) != 1 {
			t.Errorf("the caller's message was changed: %v", msg.Properties)
		}
	})
}

func TestSendTakesQueuesInTurn(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		seen := map[message.MessageQueue]int{}
		for range 16 {
			res, err := f.Send(t.Context(), hello())
			if err != nil {
				t.Fatal(err)
			}
			seen[res.MessageQueue]++
		}
		if len(seen) != 8 {
			t.Fatalf("8 queues, used %v", seen)
		}
		for mq, n := range seen {
			if n != 2 {
				t.Errorf("%s got %d of 16", mq, n)
			}
		}
		if n := f.Asked(topic); n != 1 {
			t.Errorf("the name server was asked %d times for 16 sends", n)
		}
	})
}

func TestSendRetriesOnAnotherBroker(t *testing.T) {
	for _, code := range []protocol.ResponseCode{17, 14, 1, 2, 16, 204, 205, 1500} {
		t.Run(code.String(), func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.Broker("broker-a").Answers(clustertest.Refused(code, "no"))
				for range 8 {
					res, err := f.Send(t.Context(), hello())
					if err != nil || res.MessageQueue.BrokerName != "broker-b" {
						t.Fatalf("%+v, %v", res, err)
					}
				}
				if n := len(f.Broker("broker-b").Sent()); n != 8 {
					t.Errorf("broker-b got %d of 8", n)
				}
			})
		})
	}
}

func TestSendKeepsItsIDWhenRetried(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for _, name := range []string{"broker-a", "broker-b"} {
			f.Broker(name).Answers(clustertest.Refused(protocol.SystemBusy, "full"))
		}
		_, err := f.Send(t.Context(), hello())
		var refused *protocol.ResponseError
		if !errors.As(err, &refused) || refused.Code != protocol.SystemBusy || !errors.Is(err, protocol.SystemBusy) {
			t.Fatalf("error %v", err)
		}
		if !strings.Contains(err.Error(), "attempts 3") || !strings.Contains(err.Error(), "broker-a") {
			t.Errorf("the error does not say what was tried: %v", err)
		}
		sent := append(f.Broker("broker-a").Sent(), f.Broker("broker-b").Sent()...)
		if len(sent) != 3 {
			t.Fatalf("%d attempts", len(sent))
		}
		for _, s := range sent {
			if s.Properties != sent[0].Properties {
				t.Errorf("properties differ: %q, %q", s.Properties, sent[0].Properties)
			}
		}
	})
}

func TestSendDoesNotRetryWhatNoBrokerMends(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for _, name := range []string{"broker-a", "broker-b"} {
			f.Broker(name).Answers(clustertest.Refused(protocol.MessageIllegal, "bad"))
		}
		if _, err := f.Send(t.Context(), hello()); !errors.Is(err, protocol.MessageIllegal) {
			t.Fatalf("error %v", err)
		}
		if n := len(f.Broker("broker-a").Sent()) + len(f.Broker("broker-b").Sent()); n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestSendGoesToTheOtherBrokerWhenOneIsDown(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.Broker("broker-a").Stop()
		for range 4 {
			if res, err := f.Send(t.Context(), hello()); err != nil || res.MessageQueue.BrokerName != "broker-b" {
				t.Fatalf("%+v, %v", res, err)
			}
		}
	})
}

func TestASilentBrokerLeavesTimeForAnother(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.Broker("broker-a").Answers(clustertest.Silent)
		for range 4 {
			began := time.Now()
			res, err := f.Send(t.Context(), hello())
			if err != nil || res.MessageQueue.BrokerName != "broker-b" {
				t.Fatalf("%+v, %v", res, err)
			}
			if d := time.Since(began); d > 1600*time.Millisecond {
				t.Errorf("took %v", d)
			}
		}
	})
}

func TestSendKeepsTheDeadline(t *testing.T) {
	silent := func(f *fixture) {
		f.Broker("broker-a").Answers(clustertest.Silent)
		f.Broker("broker-b").Answers(clustertest.Silent)
	}
	t.Run("default", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			silent(f)
			began := time.Now()
			_, err := f.Send(t.Context(), hello())
			if d := time.Since(began); !errors.Is(err, remoting.ErrTimeout) || d != 3*time.Second {
				t.Errorf("after %v: %v", d, err)
			}
		})
	})
	t.Run("context", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			silent(f)
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := f.Send(ctx, hello())
			if d := time.Since(began); !errors.Is(err, remoting.ErrTimeout) || d > 401*time.Millisecond {
				t.Errorf("after %v: %v", d, err)
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			silent(f)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			began := time.Now()
			_, err := f.Send(ctx, hello())
			if d := time.Since(began); !errors.Is(err, context.Canceled) || d > 60*time.Millisecond {
				t.Errorf("after %v: %v", d, err)
			}
		})
	})
}

func TestStoredButNotSafe(t *testing.T) {
	statuses := map[protocol.ResponseCode]producer.SendStatus{
		protocol.FlushDiskTimeout: producer.FlushDiskTimeout, protocol.FlushSlaveTimeout: producer.FlushSlaveTimeout,
		protocol.SlaveNotAvailable: producer.SlaveNotAvailable,
	}
	for code, status := range statuses {
		run(t, func(t *testing.T, f *fixture) {
			f.Broker("broker-a").Answers(clustertest.StoredAs(code))
			f.Broker("broker-b").Answers(clustertest.StoredAs(code))
			if res, err := f.Send(t.Context(), hello()); err != nil || res.Status != status || res.Status.String() != code.String() {
				t.Errorf("%s: %+v, %v", code, res, err)
			}
		})
	}
	t.Run("another broker", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			f.Broker("broker-a").Answers(clustertest.StoredAs(protocol.FlushDiskTimeout))
			for range 4 {
				if res, err := f.Send(t.Context(), hello()); err != nil || res.Status != producer.SendOK || res.MessageQueue.BrokerName != "broker-b" {
					t.Fatalf("%+v, %v", res, err)
				}
			}
			f.Broker("broker-b").Answers(clustertest.Refused(protocol.SystemBusy, "full"))
			if res, err := f.Send(t.Context(), hello()); err != nil || res.Status != producer.FlushDiskTimeout {
				t.Errorf("stored once, refused later: %+v, %v", res, err)
			}
		}, producer.WithRetryAnotherBrokerWhenNotStoreOK(true))
	})
}

func TestSendOneway(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		if err := f.SendOneway(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		sent := append(f.Broker("broker-a").Sent(), f.Broker("broker-b").Sent()...)
		if len(sent) != 1 || !sent[0].Oneway {
			t.Fatalf("sent %+v", sent)
		}
		f.Broker("broker-a").Stop()
		f.Broker("broker-b").Stop()
		synctest.Wait() // until the producer has noticed
		if err := f.SendOneway(t.Context(), hello()); !errors.Is(err, remoting.ErrConnect) && !errors.Is(err, remoting.ErrSendRequest) {
			t.Errorf("brokers down: %v", err)
		}
	})
}

func TestFirstSendsShareOneRouteRequest(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.sim.SetFault(f.NameServer(), network.Fault{Delay: 20 * time.Millisecond})
		var wg sync.WaitGroup
		errs := make([]error, 64)
		for i := range errs {
			wg.Go(func() { _, errs[i] = f.Send(t.Context(), hello()) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := f.Asked(topic); n != 1 {
			t.Errorf("the name server was asked %d times", n)
		}
	})
}

func TestUnknownTopicIsCreatedFromTBW102(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("TBW102", 8, "broker-a", "broker-b")
		res, err := f.Send(t.Context(), message.New("Unknown", []byte("x")))
		if err != nil {
			t.Fatal(err)
		}
		if s := f.Broker(res.MessageQueue.BrokerName).Sent()[0]; s.Topic != "Unknown" || s.QueueID > 3 {
			t.Errorf("sent %+v", s)
		}
		queues, err := f.FetchPublishMessageQueues(t.Context(), "Unknown")
		if err != nil || len(queues) != 8 {
			t.Errorf("queues %v, %v: want 4 on each of 2 brokers", queues, err)
		}
		if f.Asked("Unknown") != 1 || f.Asked("TBW102") != 1 {
			t.Errorf("asked %d times for the topic, %d for TBW102", f.Asked("Unknown"), f.Asked("TBW102"))
		}
		f.AddTopic("Unknown", 2, "broker-a") // as brokers would register it
		time.Sleep(31 * time.Second)
		if queues, _ := f.FetchPublishMessageQueues(t.Context(), "Unknown"); len(queues) != 2 {
			t.Errorf("after the poll: %v", queues)
		}
	})
}

func TestNoRoute(t *testing.T) {
	t.Run("topic unknown", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			began := time.Now()
			_, err := f.Send(t.Context(), message.New("Unknown", []byte("x")))
			var answer *protocol.ResponseError
			if !errors.Is(err, client.ErrNoRoute) || !errors.Is(err, client.ErrTopicNotExist) || !errors.As(err, &answer) {
				t.Errorf("error %v", err)
			}
			if time.Since(began) > 0 {
				t.Errorf("took %v", time.Since(began))
			}
		})
	})
	t.Run("nothing to write to", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			f.SetRoute("ReadOnly", &route.TopicRouteData{QueueDatas: []route.QueueData{{BrokerName: "broker-a", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 4}}})
			_, err := f.Send(t.Context(), message.New("ReadOnly", []byte("x")))
			if !errors.Is(err, client.ErrNoRoute) || errors.Is(err, client.ErrTopicNotExist) {
				t.Errorf("error %v", err)
			}
		})
	})
	t.Run("name server down", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			f.StopNameServer()
			began := time.Now()
			_, err := f.Send(t.Context(), hello())
			if !errors.Is(err, client.ErrNoRoute) || !errors.Is(err, remoting.ErrConnect) || time.Since(began) > time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	})
	t.Run("name server silent", func(t *testing.T) {
		run(t, func(t *testing.T, f *fixture) {
			f.sim.SetFault(f.NameServer(), network.Fault{Blackhole: true})
			began := time.Now()
			_, err := f.Send(t.Context(), hello())
			if !errors.Is(err, client.ErrNoRoute) || time.Since(began) > 3*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			f.sim.SetFault(f.NameServer(), network.Fault{})
		})
	})
}

func TestAKnownRouteOutlivesTheNameServer(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		if _, err := f.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
		f.StopNameServer()
		time.Sleep(2 * time.Minute)
		if _, err := f.Send(t.Context(), hello()); err != nil {
			t.Error(err)
		}
	})
}

func TestIllegalMessages(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		withProperty := hello()
		withProperty.SetProperty("a", "b\x02c")
		for name, msg := range map[string]*message.Message{
			"nil":       nil,
			"no body":   message.New(topic, nil),
			"no topic":  message.New("", []byte("x")),
			"bad topic": message.New("a topic", []byte("x")),
			"system":    message.New(message.TopicSchedule, []byte("x")),
			"too large": message.New(topic, make([]byte, 4<<20+1)),
			"separator": withProperty,
		} {
			if _, err := f.Send(t.Context(), msg); !errors.Is(err, client.ErrMessageIllegal) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestLargeBodiesAreCompressed(t *testing.T) {
	body := []byte(strings.Repeat("plume ", 1000))
	for _, how := range []producer.Compression{producer.Zlib, producer.LZ4, producer.Zstd} {
		run(t, func(t *testing.T, f *fixture) {
			f.Broker("broker-a").Answers(clustertest.Refused(protocol.SystemBusy, "full"))
			for range 2 {
				if _, err := f.Send(t.Context(), message.New(topic, body)); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range append(f.Broker("broker-a").Sent(), f.Broker("broker-b").Sent()...) {
				flags := message.SysFlag(s.SysFlag)
				if !flags.Compressed() || flags.Compression() != how || len(s.Body) >= len(body) {
					t.Fatalf("flags %x, %d bytes", s.SysFlag, len(s.Body))
				}
				if plain, err := how.Decompress(s.Body, len(body)); err != nil || !slices.Equal(plain, body) {
					t.Errorf("decompressed %d bytes: %v", len(plain), err)
				}
			}
		}, producer.WithCompression(how, 5))
	}
}

func TestNamespace(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("ns%"+topic, 1, "broker-a")
		res, err := f.Send(t.Context(), hello())
		if err != nil {
			t.Fatal(err)
		}
		s := f.Broker("broker-a").Sent()[0]
		if s.Topic != "ns%"+topic || s.ProducerGroup != "ns%group" || message.ParseProperties(s.Properties).Get("INSTANCE_ID") != "ns" {
			t.Errorf("sent %+v", s)
		}
		if res.MessageQueue.Topic != topic {
			t.Errorf("result %+v", res)
		}
	}, client.WithNamespace("ns"))
}

func TestCredentialsSignEveryField(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		res, err := f.Send(t.Context(), hello())
		if err != nil {
			t.Fatal(err)
		}
		ext := f.Broker(res.MessageQueue.BrokerName).Sent()[0].Ext
		if ext.Get("AccessKey") != "key" || ext.Get("SecurityToken") != "token" || len(ext.Get("Signature")) != 28 {
			t.Errorf("ext fields %v", ext)
		}
	}, client.WithCredentials(client.Credentials{AccessKey: "key", SecretKey: "secret", SecurityToken: "token"}))
}

func TestRetryTopicsTakeTheirCountsInTheHeader(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("%RETRY%g", 1, "broker-a")
		msg := message.New("%RETRY%g", []byte("x"))
		msg.SetProperty(message.PropertyReconsumeTime, "3")
		msg.SetProperty(message.PropertyMaxReconsumeTimes, "16")
		if _, err := f.Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		s := f.Broker("broker-a").Sent()[0]
		if s.ReconsumeTimes != 3 || s.MaxReconsumeTimes != protocol.SomeInt32(16) || len(message.ParseProperties(s.Properties)) != 1 {
			t.Errorf("sent %+v", s)
		}
	})
}
