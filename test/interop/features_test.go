//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/test/interop/referee"
)

// feature is a behaviour that each peer must find on a cluster.
type feature struct {
	name string
	run  func(t *testing.T, c *cluster, p peer, topic string)
}

// TestFeaturesThroughPlume: what consumers rely on beyond plain delivery, as seen by each of Apache's clients and ours.
func TestFeaturesThroughPlume(t *testing.T) {
	c := start(t, subject(t), subject(t), nil)
	features(t, c, java550(t), java497(t), goPeer(t), plumePeer(t))
}

func features(t *testing.T, c *cluster, peers ...peer) {
	all := []feature{{"tags", tags}, {"retry", retry}, {"deadletter", deadLetter}, {"broadcast", broadcast}, {"delay", delay}, {"big", big}}
	for _, p := range peers {
		for _, f := range all {
			t.Run(p.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				f.run(t, c, p, "Feature_"+f.name+"_"+strings.ReplaceAll(p.name, ".", "_"))
			})
		}
	}
}

// bodies are the sorted bodies of the delivered messages.
func bodies(lines []referee.Line) []string {
	var all []string
	for _, l := range referee.Only(lines, "message") {
		all = append(all, l.Text("body"))
	}
	slices.Sort(all)
	return all
}

// tags: the broker filters by tag, and the client never sees the others.
func tags(t *testing.T, c *cluster, p peer, topic string) {
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--count", "9", "--tags", "TagA,TagB,TagC")
	lines := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic, "--expression", "TagA || TagC", "--count", "6")
	want := []string{"sync-0", "sync-2", "sync-3", "sync-5", "sync-6", "sync-8"}
	if got := bodies(lines); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// retry: a refused message comes back through the retry topic, once per refusal.
func retry(t *testing.T, c *cluster, p peer, topic string) {
	if p.name == "go-2.1.2" {
		// It looks for new topics every 30 s only, and the group's first heartbeat creates the retry topic.
		finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic)
		finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic)
	}
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--count", "2", "--key", "k")
	lines := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic, "--fail", "1", "--count", "2", "--timeout", "60000")
	if got := bodies(lines); !slices.Equal(got, []string{"sync-0", "sync-0", "sync-1", "sync-1"}) {
		t.Fatalf("got %v, want both twice", got)
	}
	for _, l := range referee.Only(lines, "message") {
		if l.Int("reconsumeTimes") == 1 {
			again(t, l, topic)
		}
	}
}

// again checks a redelivered message.
func again(t *testing.T, l referee.Line, topic string) {
	t.Helper()
	if l.Text("topic") != topic {
		t.Errorf("the redelivered message's topic is %s, want %s", l.Text("topic"), topic)
	}
	if l.Property("RETRY_TOPIC") != topic || l.Property("ORIGIN_MESSAGE_ID") == "" || l.Property("KEYS") == "" {
		t.Errorf("the redelivered message has properties %v", l["properties"])
	}
}

// deadLetter: what is refused too often goes to the dead letter topic of the group. (Apache's Go client is only its sender.)
func deadLetter(t *testing.T, c *cluster, p peer, topic string) {
	if p.name == "go-2.1.2" {
		t.Skip("the Go program has no limit of redeliveries")
	}
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic)
	refused := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic, "--fail", "-1", "--max-reconsume", "1",
		"--count", "2", "--timeout", "60000")
	if n := len(referee.Only(refused, "message")); n < 2 {
		t.Fatalf("%d deliveries, want 2: %v", n, refused)
	}
	lines := finish(t, need(t, apache550), "litepull", "--namesrv", c.Addr, "--topic", "%DLQ%"+topic, "--group", "dlq_"+topic, "--assign", "yes")
	got := referee.Only(lines, "message")
	if len(got) != 1 || got[0].Text("body") != "sync-0" || got[0].Property("RETRY_TOPIC") != topic {
		t.Errorf("the dead letter queue holds %v; who refused saw %v", got, refused)
	}
}

// broadcast: each of two members of a group gets everything.
func broadcast(t *testing.T, c *cluster, p peer, topic string) {
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--count", "4")
	var members []*referee.Process
	for range 2 {
		members = append(members, launch(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic, "--model", "BROADCASTING",
			"--count", "4"))
	}
	for i, member := range members {
		if got := bodies(wait(t, member)); !slices.Equal(got, []string{"sync-0", "sync-1", "sync-2", "sync-3"}) {
			t.Errorf("member %d got %v", i, got)
		}
	}
}

// delay: a message of delay level 1 is delivered a second later.
func delay(t *testing.T, c *cluster, p peer, topic string) {
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--delay", "1", "--count", "2")
	lines := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", topic, "--count", "2")
	if got := bodies(lines); !slices.Equal(got, []string{"sync-0", "sync-1"}) {
		t.Fatalf("got %v", got)
	}
	for _, l := range referee.Only(lines, "message") {
		if l.Text("topic") != topic || l.Property("DELAY") != "1" {
			t.Errorf("delivered as %v", l)
		}
		if late := l.Int("storeTimestamp") - l.Int("bornTimestamp"); l.Int("bornTimestamp") > 0 && late < 990 {
			t.Errorf("stored %d ms after its birth, want at least 1000", late)
		}
	}
}

// big: a body large enough that clients compress it arrives whole.
func big(t *testing.T, c *cluster, p peer, topic string) {
	if p.name == "go-2.1.2" {
		t.Skip("the Go program sends small bodies")
	}
	const size = 200000
	finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--size", fmt.Sprint(size))
	for i, reader := range []peer{java550(t), p} {
		group := topic + "_" + strings.ReplaceAll(reader.name, ".", "_") + fmt.Sprint(i)
		lines := referee.Only(finish(t, reader, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", group), "message")
		if len(lines) != 1 || lines[0].Int("bodyLength") < size || lines[0].Int("storeSize") > size {
			t.Errorf("%s got %v", reader.name, lines)
		}
	}
}
