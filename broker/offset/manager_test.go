package offset_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/offset"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
)

func newManager(t *testing.T, name string) *offset.ConsumerOffsetManager {
	t.Helper()
	m := offset.NewConsumerOffsetManager(configfile.New(disk.System, name), clock.System, zap.NewNop())
	if err := m.Load(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCommittedOffsetsSurviveARestart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "consumerOffset.json")
	m := newManager(t, name)
	m.CommitOffset("c", "g", "T", 0, 5)
	m.CommitOffset("c", "g", "T", 1, 6)
	m.CommitOffset("c", "g", "%RETRY%g", 0, 1)
	m.CommitOffset("c", "h", "T", 0, 9)
	if err := m.Persist(); err != nil {
		t.Fatal(err)
	}
	m = newManager(t, name)
	for _, c := range []struct {
		group, topic string
		id           int32
		want         int64
	}{{"g", "T", 0, 5}, {"g", "T", 1, 6}, {"h", "T", 0, 9}, {"g", "T", 2, -1}, {"x", "T", 0, -1}} {
		if got := m.QueryOffset(c.group, c.topic, c.id); got != c.want {
			t.Errorf("offset of %+v is %d", c, got)
		}
	}
	if got := m.WhichTopicByConsumer("g"); !slices.Equal(got, []string{"%RETRY%g", "T"}) {
		t.Errorf("topics of g: %v", got)
	}
	if got := m.WhichGroupByTopic("T"); !slices.Equal(got, []string{"g", "h"}) {
		t.Errorf("groups of T: %v", got)
	}
}

func TestReadsWhatApacheWrites(t *testing.T) {
	name := filepath.Join(t.TempDir(), "consumerOffset.json")
	content := "{\n\t\"dataVersion\":{\n\t\t\"counter\":2,\n\t\t\"stateVersion\":0,\n\t\t\"timestamp\":1763800000000\n\t},\n\t\"offsetTable\":{\n\t\t\"T@g\":{0:5,1:6\n\t\t}\n\t}\n}"
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := newManager(t, name).QueryOffset("g", "T", 1); got != 6 {
		t.Errorf("offset is %d, want 6", got)
	}
}

func TestResetOrdersWinUntilTaken(t *testing.T) {
	m := newManager(t, filepath.Join(t.TempDir(), "consumerOffset.json"))
	m.CommitOffset("c", "g", "T", 0, 50)
	m.CommitPullOffset("g", "T", 0, 60)
	if got := m.QueryPullOffset("g", "T", 0); got != 60 {
		t.Errorf("pull offset is %d, want 60", got)
	}
	m.AssignResetOffset("T", "g", 0, 10)
	if !m.HasOffsetReset("T", "g", 0) || m.QueryOffset("g", "T", 0) != 10 {
		t.Errorf("offset is %d, want the ordered 10", m.QueryOffset("g", "T", 0))
	}
	if off, ok := m.QueryThenEraseResetOffset("T", "g", 0); !ok || off != 10 {
		t.Errorf("took %d, %v", off, ok)
	}
	if _, ok := m.QueryThenEraseResetOffset("T", "g", 0); ok {
		t.Error("the order was taken twice")
	}
}

func TestForget(t *testing.T) {
	m := newManager(t, filepath.Join(t.TempDir(), "consumerOffset.json"))
	m.CommitOffset("c", "g", "T", 0, 1)
	m.CommitOffset("c", "g", "U", 0, 2)
	m.CloneOffset("g", "h", "T")
	m.CleanOffsetByTopic("U")
	m.RemoveOffset("g")
	if m.QueryOffset("g", "T", 0) != -1 || m.QueryOffset("g", "U", 0) != -1 || m.QueryOffset("h", "T", 0) != 1 {
		t.Errorf("left: %s", m.Encode())
	}
}
