package reliability

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// allCodes are the codes that have a name, and some that nobody has.
func allCodes() []protocol.RequestCode {
	return append(protocol.RequestCodes(), -1, 0, 1, 9999, 1<<15, 1<<31-1)
}

// requestShapes are the ways in which the requests of a sweep are wrong.
func requestShapes() map[string]func(*protocol.RemotingCommand) {
	fields := func(value string) func(*protocol.RemotingCommand) {
		return func(req *protocol.RemotingCommand) {
			for _, key := range []string{
				"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "topic", "group", "consumerGroup", "producerGroup", "queueId",
				"offset", "queueOffset", "commitOffset", "maxMsgNums", "sysFlag", "suspendTimeoutMillis", "subVersion", "timestamp", "key", "maxNum",
				"beginTimestamp", "endTimestamp", "namespace", "value", "brokerName", "brokerAddr", "clusterName", "haServerAddr", "brokerId",
				"clientID", "defaultTopic", "defaultTopicQueueNums", "bornTimestamp", "flag", "properties", "delayLevel", "originTopic",
				"originMsgId", "readQueueNums", "writeQueueNums", "perm", "order", "topicFilterType", "cluster", "groupName", "bodyCrc32",
				"compressed", "expressionType", "subscription", "attributes", "statsName", "statsKey", "seq", "maxTopicNum",
			} {
				req.ExtFields.Set(key, value)
			}
		}
	}
	body := func(text string) func(*protocol.RemotingCommand) {
		return func(req *protocol.RemotingCommand) { req.Body = []byte(text) }
	}
	return map[string]func(*protocol.RemotingCommand){
		"nothing":           func(*protocol.RemotingCommand) {},
		"fields of words":   fields("x y"),
		"empty fields":      fields(""),
		"negative fields":   fields("-1"),
		"fields too large":  fields("99999999999999999999"),
		"fields of 2^31-1":  fields("2147483647"),
		"fields of -2^63":   fields("-9223372036854775808"),
		"a body of noise":   body("\x00\xff\x17{"),
		"null for a body":   body("null"),
		"an empty object":   body("{}"),
		"a list for a body": body("[[],{},null]"),
		"wrong types":       body(`{"clientID":[],"consumerDataSet":{"a":1},"producerDataSet":7,"mqSet":[1],"topicConfigTable":[{}],"dataVersion":"x"}`),
		"numbers and junk": func(req *protocol.RemotingCommand) {
			fields("1")(req)
			body("\xff\xff\xff\xff\x00\x00")(req)
		},
	}
}

// Every code there is, with every kind of nonsense for fields and body: the servers answer, refusals say why, and nothing in them
// is a crash.
func TestNonsenseRequests(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		r := newReader(t, s.addr)
		for name, shape := range requestShapes() {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				for _, code := range allCodes() {
					req := protocol.NewRequest(code, nil)
					shape(req)
					resp, err := r.ask(req)
					if err != nil {
						t.Fatalf("%v: %v", code, err)
					}
					sober(t, code, resp)
				}
				s.alive(t)
			})
		}
	}
}

// sober wants a refusal to have a reason which is none of a crash.
func sober(t *testing.T, code protocol.RequestCode, resp *protocol.RemotingCommand) {
	t.Helper()
	if resp.Code != int32(protocol.Success) && resp.Remark == "" {
		t.Errorf("%v: refused with %v and no reason", code, protocol.ResponseCode(resp.Code))
	}
	for _, crash := range []string{"panic", "runtime error", "nil pointer", "goroutine", "index out of range", "slice bounds", "makeslice", "stack"} {
		if strings.Contains(resp.Remark, crash) {
			t.Errorf("%v: refused with %q", code, resp.Remark)
		}
	}
}

// A code that a server does not know is answered with 3.
func TestUnknownCodes(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		for _, code := range []protocol.RequestCode{-1, 0, 9999, 1 << 15, 1<<31 - 1} {
			resp, err := s.bystander.call(code, nil, nil)
			if err != nil || resp.Code != int32(protocol.RequestCodeNotSupported) || resp.Remark == "" {
				t.Errorf("%s, code %d: %v, %v", s.name, code, resp, err)
			}
		}
	}
}

// A request without a field that it needs is refused, and the refusal names the field.
func TestMissingFields(t *testing.T) {
	_, targets := newTargets(t)
	for _, c := range []struct {
		target int
		code   protocol.RequestCode
		field  string
	}{
		{0, protocol.GetRouteInfoByTopic, "topic"},
		{0, protocol.PutKVConfig, "namespace"},
		{0, protocol.RegisterBroker, "brokerName"},
		{0, protocol.WipeWritePermOfBroker, "brokerName"},
		{1, protocol.SendMessage, "producerGroup"},
		{1, protocol.SendMessageV2, "a"},
		{1, protocol.SendBatchMessage, "a"},
		{1, protocol.PullMessage, "consumerGroup"},
		{1, protocol.UpdateConsumerOffset, "consumerGroup"},
		{1, protocol.QueryConsumerOffset, "consumerGroup"},
		{1, protocol.GetMaxOffset, "topic"},
		{1, protocol.UpdateAndCreateTopic, "topic"},
		{1, protocol.ConsumerSendMsgBack, "offset"},
	} {
		resp, err := targets[c.target].bystander.call(c.code, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Code == int32(protocol.Success) || !strings.Contains(resp.Remark, c.field) {
			t.Errorf("%v without %s: %v %q", c.code, c.field, protocol.ResponseCode(resp.Code), resp.Remark)
		}
	}
}

// sendHeader is a send to a queue of a topic.
func sendHeader(topic string, queue int32) *header.SendMessageRequestHeaderV2 {
	return &header.SendMessageRequestHeaderV2{
		ProducerGroup: "reliability-producer", Topic: topic, DefaultTopic: "TBW102", DefaultTopicQueueNums: 4, QueueID: queue,
		BornTimestamp: 1700000000000, Properties: message.Properties{{Name: "UNIQ_KEY", Value: "U"}}.String(),
	}
}

// Sends that the broker cannot store are refused with the right code, and leave no trace in the queue.
func TestImpossibleSends(t *testing.T) {
	_, targets := newTargets(t)
	r := targets[1].bystander
	r.createTopic(t, topic, queues)
	batch, err := message.EncodeBatch([]*message.Message{message.New(topic, []byte("one")), message.New(topic, []byte("two"))})
	if err != nil {
		t.Fatal(err)
	}
	damaged := func(at int, b byte) []byte {
		d := append([]byte(nil), batch...)
		d[at] = b
		return d
	}
	long := sendHeader(topic, 0)
	long.Properties = "k\x01" + strings.Repeat("v", 40_000) + "\x02"
	for _, c := range []struct {
		name   string
		code   protocol.RequestCode
		header *header.SendMessageRequestHeaderV2
		body   []byte
		want   protocol.ResponseCode
	}{
		{"body too big", protocol.SendMessageV2, sendHeader(topic, 0), make([]byte, 4<<20+1), protocol.MessageIllegal},
		{"properties too long", protocol.SendMessageV2, long, []byte("x"), protocol.MessageIllegal},
		{"no such queue", protocol.SendMessageV2, sendHeader(topic, queues), []byte("x"), protocol.InvalidParameter},
		{"queue 2^31-1", protocol.SendMessageV2, sendHeader(topic, 1<<31-1), []byte("x"), protocol.InvalidParameter},
		{"batch cut off", protocol.SendBatchMessage, sendHeader(topic, 0), batch[:len(batch)-1], protocol.MessageIllegal},
		{"batch of noise", protocol.SendBatchMessage, sendHeader(topic, 0), []byte("noise, and more than 22 bytes of it"), protocol.MessageIllegal},
		{"batch with a body of less than nothing", protocol.SendBatchMessage, sendHeader(topic, 0), damaged(16, 0xFF), protocol.MessageIllegal},
		{"batch with too long a body", protocol.SendBatchMessage, sendHeader(topic, 0), damaged(18, 0x7F), protocol.MessageIllegal},
		{"batch with too long properties", protocol.SendBatchMessage, sendHeader(topic, 0), damaged(len(batch)-2, 0x7F), protocol.MessageIllegal},
		{"empty batch", protocol.SendBatchMessage, sendHeader(topic, 0), nil, protocol.MessageIllegal},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.header.Batch = c.code == protocol.SendBatchMessage
			resp, err := r.call(c.code, c.header, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if protocol.ResponseCode(resp.Code) != c.want || resp.Remark == "" {
				t.Errorf("answered %v %q, want %v", protocol.ResponseCode(resp.Code), resp.Remark, c.want)
			}
			sober(t, c.code, resp)
			if end := r.maxOffset(t, topic, 0); end != 0 {
				t.Errorf("the queue ends at %d", end)
			}
		})
	}
	var stored header.SendMessageResponseHeader
	r.must(t, protocol.SendMessageV2, sendHeader(topic, 0), &stored, []byte("good"))
	if stored.QueueOffset != 0 {
		t.Errorf("the first good message has offset %d: the refused ones have used up some", stored.QueueOffset)
	}
}

// Strange but possible: the broker takes any queue of its own choice, strange flags, and times of long ago; what it stored it
// can read.
func TestStrangeSends(t *testing.T) {
	_, targets := newTargets(t)
	r := targets[1].bystander
	r.createTopic(t, topic, 1)
	for i, change := range []func(h *header.SendMessageRequestHeaderV2){
		func(h *header.SendMessageRequestHeaderV2) { h.QueueID = -7 },
		func(h *header.SendMessageRequestHeaderV2) { h.BornTimestamp = -1 << 63 },
		func(h *header.SendMessageRequestHeaderV2) { h.Flag, h.ReconsumeTimes = -1<<31, 1<<31-1 },
		func(h *header.SendMessageRequestHeaderV2) {
			h.SysFlag = int32(message.FlagBornHostV6 | message.FlagStoreHostV6)
		},
		func(h *header.SendMessageRequestHeaderV2) { h.SysFlag = -1 &^ int32(message.FlagTransactionRollback) },
		func(h *header.SendMessageRequestHeaderV2) { h.Properties = "\x01\x02\x01\x01\x02no separators" },
		func(h *header.SendMessageRequestHeaderV2) {
			h.Properties = "UNIQ_KEY\x01\x02KEYS\x01" + strings.Repeat(" k", 500) + "\x02"
		},
		func(h *header.SendMessageRequestHeaderV2) { h.Properties = "DELAY\x01-5\x02WAIT\x01maybe\x02" },
	} {
		h := sendHeader(topic, 0)
		change(h)
		body := fmt.Appendf(nil, "strange %d", i)
		before := r.maxOffset(t, topic, 0)
		resp, err := r.call(protocol.SendMessageV2, h, body)
		if err != nil {
			t.Fatal(err)
		}
		sober(t, protocol.SendMessageV2, resp)
		if resp.Code != int32(protocol.Success) {
			t.Errorf("send %d: %v %s", i, protocol.ResponseCode(resp.Code), resp.Remark)
			continue
		}
		awaitEnd(t, r, 0, before+1)
		msgs, err := r.pull(topic, 0, before)
		if err != nil || len(msgs) != 1 || string(msgs[0].Body) != string(body) {
			t.Errorf("send %d: read %d messages, %v", i, len(msgs), err)
		}
	}
}
