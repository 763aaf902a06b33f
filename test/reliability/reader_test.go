package reliability

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// reader asks a broker without any of the client's machinery: one request, one answer. It is for one goroutine.
type reader struct {
	rc   *remoting.Client
	addr string
}

func newReader(t *testing.T, addr string) *reader {
	rc := remoting.NewClient(remoting.ClientConfig{ConnectTimeout: time.Second})
	t.Cleanup(rc.Shutdown)
	return &reader{rc, addr}
}

// call sends a request and returns the answer whatever its code.
func (r *reader) call(code protocol.RequestCode, h protocol.CustomHeader, body []byte) (*protocol.RemotingCommand, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req := protocol.NewRequest(code, h)
	req.Body = body
	return r.rc.InvokeSync(ctx, r.addr, req)
}

// must is call for requests that have to succeed; the answer's header goes to into unless that is nil.
func (r *reader) must(t *testing.T, code protocol.RequestCode, h, into protocol.CustomHeader, body []byte) *protocol.RemotingCommand {
	t.Helper()
	resp, err := r.call(code, h, body)
	if err == nil && resp.Code != int32(protocol.Success) {
		err = protocol.NewResponseError(protocol.ResponseCode(resp.Code), resp.Remark)
	}
	if err == nil && into != nil {
		err = resp.DecodeHeader(into)
	}
	if err != nil {
		t.Fatalf("%v: %v", code, err)
	}
	return resp
}

// createTopic makes a topic.
func (r *reader) createTopic(t *testing.T, topic string, queues int32) {
	t.Helper()
	r.must(t, protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
		Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: queues, WriteQueueNums: queues, Perm: 6, TopicFilterType: "SINGLE_TAG",
	}, nil, nil)
}

// maxOffset is one behind a queue's last message.
func (r *reader) maxOffset(t *testing.T, topic string, queue int32) int64 {
	t.Helper()
	var h header.GetMaxOffsetResponseHeader
	r.must(t, protocol.GetMaxOffset, &header.GetMaxOffsetRequestHeader{Topic: topic, QueueID: queue}, &h, nil)
	return h.Offset
}

// pull reads some messages from an offset on: none where there are none.
func (r *reader) pull(topic string, queue int32, offset int64) ([]*message.MessageExt, error) {
	resp, err := r.call(protocol.PullMessage, &header.PullMessageRequestHeader{
		ConsumerGroup: "reliability-reader", Topic: topic, QueueID: queue, QueueOffset: offset, MaxMsgNums: 200, Subscription: "*",
		SysFlag: header.PullSubscription, ExpressionType: heartbeat.ExpressionTag,
	}, nil)
	if err != nil {
		return nil, err
	}
	switch protocol.ResponseCode(resp.Code) {
	case protocol.Success:
		return message.DecodeRecords(resp.Body, message.CheckCRC)
	case protocol.PullNotFound, protocol.PullRetryImmediately:
		return nil, nil
	}
	refused := protocol.NewResponseError(protocol.ResponseCode(resp.Code), resp.Remark)
	return nil, fmt.Errorf("pull of queue %d at %d: %w", queue, offset, refused)
}

// read reads a queue from its first message to its last.
func (r *reader) read(t *testing.T, topic string, queue int32) (all []*message.MessageExt) {
	t.Helper()
	for end := r.maxOffset(t, topic, queue); int64(len(all)) < end; {
		msgs, err := r.pull(topic, queue, int64(len(all)))
		if err != nil || len(msgs) == 0 {
			t.Fatalf("queue %d ends at %d, the reader got stuck at %d: %v", queue, end, len(all), err)
		}
		all = append(all, msgs...)
	}
	return all
}

// drain is read for check.
func (r *reader) drain(t *testing.T, topic string, queue int32) (all []found) {
	t.Helper()
	for _, m := range r.read(t, topic, queue) {
		all = append(all, found{seen{m.MsgID, hashOf(m.Body)}, m.QueueOffset, asSent(m.Body)})
	}
	return all
}

// drainAll reads all queues of a topic, once every message that is stored has got into its queue: that happens soon after it is
// acknowledged, not before.
func (r *reader) drainAll(t *testing.T, topic string, queues int32) map[int32][]found {
	t.Helper()
	for deadline := time.Now().Add(patience); r.behind(t) != "0"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s bytes of the commit log are not dispatched", r.behind(t))
		}
	}
	all := map[int32][]found{}
	for queue := range queues {
		all[queue] = r.drain(t, topic, queue)
	}
	return all
}

// follow reads new messages as they come, until ctx ends, whatever happens to the broker. It returns what it saw.
func (r *reader) follow(ctx context.Context, topic string, queues int32) map[place]seen {
	saw := map[place]seen{}
	next := make([]int64, queues)
	for ctx.Err() == nil {
		progress := false
		for queue := range queues {
			msgs, err := r.pull(topic, queue, next[queue])
			if err != nil {
				break // the broker is down: again from here
			}
			for _, m := range msgs {
				saw[place{queue, m.QueueOffset}] = seen{m.MsgID, hashOf(m.Body)}
				next[queue] = m.QueueOffset + 1
				progress = true
			}
		}
		if !progress {
			pause(ctx, 5*time.Millisecond)
		}
	}
	return saw
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ask sends a request of any shape.
func (r *reader) ask(req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return r.rc.InvokeSync(ctx, r.addr, req)
}

// awaitEnd waits until a queue of the topic ends at an offset: messages are visible soon after they are stored.
func awaitEnd(t *testing.T, r *reader, queue int32, end int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); r.maxOffset(t, topic, queue) != end; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("queue %d does not end at %d", queue, end)
		}
	}
}

// behind is how many bytes of the commit log have not got into the queues yet.
func (r *reader) behind(t *testing.T) string {
	t.Helper()
	return r.info(t, "dispatchBehindBytes")
}

// info is something that the broker says of itself.
func (r *reader) info(t *testing.T, key string) string {
	t.Helper()
	var info body.KVTable
	if err := info.Decode(r.must(t, protocol.GetBrokerRuntimeInfo, nil, nil, nil).Body); err != nil {
		t.Fatal(err)
	}
	return info.Table[key]
}
