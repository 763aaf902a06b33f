//go:build interop

package interop

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/plumemq/plume/test/interop/referee"
)

// TestStoreDirectories: a store that one broker wrote is opened by the other with every message and every committed offset,
// after a clean stop and after a kill, and goes back to the first one.
func TestStoreDirectories(t *testing.T) {
	for _, row := range []struct {
		name   string
		killed bool
		java   bool // Java writes first
	}{{"java to plume clean", false, true}, {"java to plume killed", true, true}, {"plume to java clean", false, false}, {"plume to java killed", true, false}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var apache server = need(t, apache550)
			first, second := subject(t), apache
			if row.java {
				first, second = apache, subject(t)
			}
			handOver(t, first, second, row.killed)
		})
	}
}

// handOver writes with the first broker, continues with the second and returns to the first. The name server is Apache's.
func handOver(t *testing.T, first, second server, killed bool) {
	p := java550(t)
	// Files so small that every round fills several.
	small := map[string]string{"mappedFileSizeCommitLog": "8192", "mappedFileSizeConsumeQueue": "100"}
	c := start(t, need(t, apache550), first, small)
	sent := send(t, c, p, "one")
	// A group reads what is there so far, so its offsets must survive.
	read(t, c, p, "reader", len(sent))
	leave(t, c, killed)

	c.broker = startBroker(t, second, referee.BrokerConfig{NameServer: c.Addr, Store: c.store, Extra: small})
	more := send(t, c, p, "two")
	if !killed { // After a kill the committed offsets may be older.
		if got, want := read(t, c, p, "reader", len(more)), slices.Sorted(maps.Keys(more)); !slices.Equal(got, want) {
			t.Errorf("the group continued with %v, want %v", got, want)
		}
	}
	maps.Copy(sent, more)
	all(t, c, p, "second", sent)
	leave(t, c, killed)

	c.broker = startBroker(t, first, referee.BrokerConfig{NameServer: c.Addr, Store: c.store, Extra: small})
	maps.Copy(sent, send(t, c, p, "three"))
	all(t, c, p, "back", sent)
	lines := finish(t, p, "query", "--namesrv", c.Addr, "--topic", "Stored", "--key", "order-all")
	if got, want := len(referee.Only(lines, "byKey")), min(len(sent), 64); got != want { // Apache's broker gives 64 at most
		t.Errorf("by key: %d messages, want %d", got, want)
	}
}

// leave stops the broker, or kills it.
func leave(t *testing.T, c *cluster, killed bool) {
	t.Helper()
	if killed {
		c.broker.Kill()
		return
	}
	if err := c.broker.Stop(); err != nil {
		t.Fatal(err)
	}
}

// send sends 30 messages, with keys and in a batch too, and returns their send results by body.
func send(t *testing.T, c *cluster, p peer, label string) map[string]referee.Line {
	t.Helper()
	lines := finish(t, p, "send", "--namesrv", c.Addr, "--topic", "Stored", "--label", label, "--count", "15", "--modes", "sync,queue", "--key", "order",
		"--tags", "TagA,TagB")
	sent := map[string]referee.Line{}
	for _, l := range referee.Only(lines, "sent") {
		sent[l.Text("body")] = l
	}
	return sent
}

// read consumes n messages in a group and returns their sorted bodies.
func read(t *testing.T, c *cluster, p peer, group string, n int) []string {
	t.Helper()
	return bodies(finish(t, p, "consume", "--namesrv", c.Addr, "--topic", "Stored", "--group", group, "--count", fmt.Sprint(n)))
}

// all consumes the whole topic in a new group and compares each message with its send result.
func all(t *testing.T, c *cluster, p peer, group string, sent map[string]referee.Line) {
	t.Helper()
	lines := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", "Stored", "--group", group, "--count", fmt.Sprint(len(sent)))
	got := referee.Only(lines, "message")
	if len(got) != len(sent) {
		t.Errorf("%s: %d messages, want %d", group, len(got), len(sent))
	}
	for _, m := range got {
		was := sent[m.Text("body")]
		if was == nil || was.Text("offsetMsgId") != m.Text("offsetMsgId") || was.Text("queueOffset") != m.Text("queueOffset") {
			t.Errorf("%s: delivered %v, sent as %v", group, m, was)
		}
	}
}
