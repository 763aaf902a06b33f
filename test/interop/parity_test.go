//go:build interop

package interop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/test/interop/referee"
)

// TestParity asks Apache's broker and ours the same and compares what they say.
func TestParity(t *testing.T) {
	theirs, ours := shared(t), start(t, subject(t), subject(t), nil)
	t.Run("system topics", func(t *testing.T) { // of brokers without a timer wheel, which has one more
		topics, err := allTopics(ours.broker)
		if diff := cmp.Diff(theirs.atStart, topics); diff != "" || err != nil || len(topics) < 10 {
			t.Errorf("the brokers differ at their start (-Apache +Plume):\n%s", diff)
		}
	})
	t.Run("properties", func(t *testing.T) {
		for _, wire := range propertyStrings {
			want, got := storedProperties(t, theirs.brokers["broker-a"], wire), storedProperties(t, ours.broker, wire)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("of %q is stored (-Apache +Plume):\n%s", wire, diff)
			}
		}
	})
}

// TestParityOfHeartbeats: a connection to a broker is cut; the next message makes a new one, and a heartbeat follows it at once,
// long before the timer's: both clients' timers fire a second after the start, before any message, and then every half minute.
func TestParityOfHeartbeats(t *testing.T) {
	need(t, apache550)
	for name, run := range map[string]func(s *standIn, cut func()){
		"apache": func(s *standIn, cut func()) {
			p := probe(t, s.addr, 30000, "pause:2000,sync,pause:3000,sync,pause:60000")
			await(t, p, "sent", 1)
			cut()
			await(t, p, "sent", 2)
		},
		"plume": func(s *standIn, cut func()) {
			p, _ := tracedProducer(t, s.addr)
			time.Sleep(2 * time.Second)
			sendOne(t, p, probed)
			cut()
			sendOne(t, p, probed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t)
			var first arrival
			run(s, func() {
				first = s.of(protocol.SendMessageV2)[0]
				followed(t, s, first)
				first.ch.Close()
			})
			sends := s.of(protocol.SendMessageV2)
			second := sends[len(sends)-1]
			if second.from == first.from {
				t.Fatalf("messages %+v", sends)
			}
			followed(t, s, second)
		})
	}
}

// followed waits for the heartbeat that follows a message over the connection that was made for it.
func followed(t *testing.T, s *standIn, message arrival) {
	t.Helper()
	eventually(t, "a heartbeat over the message's connection", func() bool {
		return slices.ContainsFunc(s.of(protocol.HeartBeat), func(a arrival) bool {
			return a.from == message.from && a.when.Sub(message.when) < 15*time.Second
		})
	})
}

// propertyStrings are what producers may write, an id among it. Java's write an empty TAGS when a message has no tag.
var propertyStrings = func() []string {
	const id = "UNIQ_KEY\x017F00000100002A9F0000000000000000\x02"
	all := []string{id, "WAIT\x01true\x02TAGS\x01\x02" + id}
	for _, odd := range []string{"TAGS\x01", "\x01nameless\x02", "nothing\x02", "\x02", "\x01\x02", "a\x011\x02b\x012\x02a\x013\x02", "a\x01b\x01c\x02", "a\x011"} {
		all = append(all, id+odd)
	}
	return append(all, strings.TrimSuffix(id, "\x02"), "CLUSTER\x01elsewhere\x02MSG_REGION\x01x\x02TRACE_ON\x01\x02"+id, "1ST_POP_TIME\x015\x02POP_CK\x01x\x02"+id)
}()

// storedProperties are the properties that lie on a broker's disk after one message with these, in Java in no order: sorted.
func storedProperties(t *testing.T, b *referee.Broker, wire string) []string {
	t.Helper()
	rc := bare(t, remoting.ClientConfig{})
	req := protocol.NewRequest(protocol.SendMessageV2, &header.SendMessageRequestHeaderV2{
		ProducerGroup: "parity", Topic: probed, DefaultTopic: message.TopicAutoCreate, DefaultTopicQueueNums: 4,
		BornTimestamp: time.Now().UnixMilli(), Properties: wire,
	})
	req.Body = []byte("parity")
	var sent header.SendMessageResponseHeader
	resp := invoke(t, rc, b.Addr, req)
	if err := resp.DecodeHeader(&sent); err != nil || resp.Code != 0 {
		t.Fatalf("%d %s: %v", resp.Code, resp.Remark, err)
	}
	record := lookAt(t, rc, b, sent.MsgID)
	if record.Properties != "" && !strings.HasSuffix(record.Properties, "\x02") {
		t.Errorf("%q does not end with a separator", record.Properties)
	}
	stored := strings.Split(strings.TrimSuffix(record.Properties, "\x02"), "\x02")
	slices.Sort(stored)
	return stored
}

// lookAt is the record of an offset message id.
func lookAt(t *testing.T, rc *remoting.Client, b *referee.Broker, id string) message.Record {
	t.Helper()
	_, offset, err := message.ParseOffsetMsgID(id)
	if err != nil {
		t.Fatal(err)
	}
	var record message.Record
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	resp, err := rc.InvokeSync(ctx, b.Addr, protocol.NewRequest(protocol.ViewMessageByID, &header.ViewMessageRequestHeader{Topic: probed, Offset: offset}))
	if err == nil && resp.Code != 0 {
		err = fmt.Errorf("%d %s", resp.Code, resp.Remark)
	}
	if err == nil {
		record, err = message.ParseRecord(resp.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return record
}
