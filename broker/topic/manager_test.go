package topic_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/remoting/protocol/body"
)

type bench struct {
	*topic.TopicConfigManager
	name string

	mu   sync.Mutex
	told []string
}

func newBench(t *testing.T, name string, autoCreate bool) *bench {
	t.Helper()
	b := &bench{name: name}
	b.TopicConfigManager = topic.NewTopicConfigManager(topic.Config{
		BrokerName: "broker-a", ClusterName: "C", DefaultTopicQueueNums: 8, ReviveQueueNum: 8, DelayLevels: 18,
		ClusterTopicEnable: true, BrokerTopicEnable: true, TraceTopicEnable: true, TraceTopicName: "RMQ_SYS_TRACE_TOPIC",
		AutoCreateTopicEnable: func() bool { return autoCreate },
		OnChange: func(_ context.Context, c *body.TopicConfig) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.told = append(b.told, c.TopicName)
		},
	}, configfile.New(disk.System, name), clock.System, zap.NewNop())
	if err := b.Load(); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSystemTopics(t *testing.T) {
	b := newBench(t, filepath.Join(t.TempDir(), "topics.json"), true)
	for name, want := range map[string]struct{ queues, perm int32 }{
		"SELF_TEST_TOPIC": {1, 6}, "TBW102": {8, 7}, "BenchmarkTest": {1024, 6}, "C": {16, 7}, "broker-a": {1, 7}, "OFFSET_MOVED_EVENT": {1, 6},
		"SCHEDULE_TOPIC_XXXX": {18, 6}, "RMQ_SYS_TRANS_HALF_TOPIC": {1, 6}, "RMQ_SYS_TRANS_OP_HALF_TOPIC": {1, 6}, "RMQ_SYS_TRACE_TOPIC": {1, 6},
		"C_REPLY_TOPIC": {1, 6}, "rmq_sys_REVIVE_LOG_C": {8, 6}, "rmq_sys_SYNC_BROKER_MEMBER_broker-a": {1, 1},
		"RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC": {1, 6}, "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC": {1, 6},
	} {
		got := b.SelectTopicConfig(name)
		if got == nil || got.ReadQueueNums != want.queues || got.WriteQueueNums != want.queues || got.Perm != want.perm || !b.IsSystemTopic(name) {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
}

func TestInheritance(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, filepath.Join(t.TempDir(), "topics.json"), true)
	for _, c := range []struct {
		name, parent string
		queues, want int32 // -1: refused
	}{
		{"Few", "TBW102", 4, 4}, {"Many", "TBW102", 99, 8}, {"Negative", "TBW102", -3, 0}, {"Orphan", "Nobody", 4, -1}, {"Sterile", "BenchmarkTest", 4, -1}, {"Few", "Nobody", 9, 4},
	} {
		got, err := b.CreateTopicInSendMessageMethod(ctx, c.name, c.parent, c.queues, 0)
		switch {
		case err != nil:
			t.Errorf("%+v: %v", c, err)
		case got == nil && c.want >= 0, got != nil && (got.WriteQueueNums != c.want || got.Perm != 6):
			t.Errorf("%+v made %+v", c, got)
		}
	}
	closed := newBench(t, filepath.Join(t.TempDir(), "topics.json"), false)
	if got, _ := closed.CreateTopicInSendMessageMethod(ctx, "Few", "TBW102", 4, 0); got != nil {
		t.Errorf("made %+v against the configuration", got)
	}
}

func TestManySendersMakeOneTopic(t *testing.T) {
	b := newBench(t, filepath.Join(t.TempDir(), "topics.json"), true)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() { _, _ = b.CreateTopicInSendMessageMethod(context.Background(), "One", "TBW102", 4, 0) })
	}
	group.Wait()
	if len(b.told) != 1 {
		t.Errorf("registered %d times", len(b.told))
	}
}

func TestUpdateSurvivesARestart(t *testing.T) {
	ctx, name := context.Background(), filepath.Join(t.TempDir(), "topics.json")
	b := newBench(t, name, true)
	made := body.NewTopicConfig("Made")
	made.Attributes = map[string]string{"+message.type": "FIFO"}
	if err := b.UpdateTopicConfig(ctx, &made); err != nil {
		t.Fatal(err)
	}
	_, before := b.Snapshot()
	again := body.NewTopicConfig("Made")
	if err := b.UpdateTopicConfig(ctx, &again); err != nil {
		t.Fatal(err)
	}
	if _, after := b.Snapshot(); after != before || len(b.told) != 1 {
		t.Errorf("an update that changes nothing counts as one: told %v", b.told)
	}
	if _, err := b.CreateTopicInSendMessageBackMethod(ctx, "%RETRY%g", 1, 6, false, 0); err != nil {
		t.Fatal(err)
	}
	if got, _ := b.CreateTopicInSendMessageBackMethod(ctx, "%RETRY%g", 1, 6, true, 0); !got.Order {
		t.Error("the retry topic does not follow its group's order")
	}
	b = newBench(t, name, true)
	if got := b.SelectTopicConfig("Made"); got == nil || got.Attributes["message.type"] != "FIFO" || !b.IsOrderTopic("%RETRY%g") {
		t.Errorf("after a restart: %+v", got)
	}
	if found, err := b.DeleteTopicConfig("Made"); !found || err != nil || b.SelectTopicConfig("Made") != nil {
		t.Errorf("delete: %v %v", found, err)
	}
	bad := body.NewTopicConfig("Bad")
	for _, attributes := range []map[string]string{{"+no.such": "x"}, {"message.type": "FIFO"}, {"+queue.type": "BatchCQ"}} {
		bad.Attributes = attributes
		if err := b.UpdateTopicConfig(ctx, &bad); !errors.Is(err, topic.ErrAttribute) {
			t.Errorf("%v: %v", attributes, err)
		}
	}
}

func TestReadsWhatApacheWrites(t *testing.T) {
	name := filepath.Join(t.TempDir(), "topics.json")
	content := "{\n\t\"dataVersion\":{\"counter\":3,\"stateVersion\":0,\"timestamp\":1763800000000},\n\t\"topicConfigTable\":{\n\t\t\"T\":{\"attributes\":{},\"order\":false,\"perm\":6,\"readQueueNums\":5,\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\",\"topicSysFlag\":0,\"writeQueueNums\":5}\n\t}\n}"
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, name, true)
	if got := b.SelectTopicConfig("T"); got == nil || got.ReadQueueNums != 5 {
		t.Errorf("T is %+v", got)
	}
	if _, v := b.Snapshot(); v.Counter != 3 {
		t.Errorf("version %+v", v)
	}
}

func TestAnIllegalNameInTheFileIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "topics.json")
	_ = os.WriteFile(name, []byte(`{"topicConfigTable":{"../x":{"topicName":"../x"}}}`), 0o600)
	m := topic.NewTopicConfigManager(topic.Config{AutoCreateTopicEnable: func() bool { return true }, BrokerName: "b", ClusterName: "c"},
		configfile.New(disk.System, name), clock.System, zap.NewNop())
	if err := m.Load(); !errors.Is(err, configfile.ErrCorrupt) {
		t.Errorf("Load = %v", err)
	}
}

func TestParseAttributes(t *testing.T) {
	got, err := topic.ParseAttributes("+message.type=FIFO,-cleanup.policy")
	if err != nil || got["+message.type"] != "FIFO" || len(got) != 2 {
		t.Errorf("parsed %v, %v", got, err)
	}
	for _, bad := range []string{"message.type=FIFO", "+a=1,+a=2"} {
		if _, err := topic.ParseAttributes(bad); !errors.Is(err, topic.ErrAttribute) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
