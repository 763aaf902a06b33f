//go:build interop

package interop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/test/interop/referee"
)

// peer is a client with the ways of sending it knows.
type peer struct {
	name  string
	modes string
	client
}

// The peers. Java's and ours also send to a chosen queue.
func java550(t *testing.T) peer {
	return peer{"java-5.5.0", "sync,async,oneway,batch,queue,selector", need(t, apache550)}
}

func java497(t *testing.T) peer {
	return peer{"java-4.9.7", "sync,async,oneway,batch,queue,selector", need(t, apache497)}
}

// java550Binary writes the ROCKETMQ header encoding.
func java550Binary(t *testing.T) peer {
	return peer{"java-5.5.0-binary", "sync,async,oneway,batch", need(t, apache550).Binary()}
}

func goPeer(t *testing.T) peer { return peer{"go-2.1.2", "sync,async,oneway,batch", need(t, goClient)} }

func plumePeer(t *testing.T) peer {
	return peer{"plume", "sync,async,oneway,batch,queue,selector", subjectClient(t)}
}

// plumeJSON writes the JSON header encoding.
func plumeJSON(t *testing.T) peer {
	c := subjectClient(t)
	if ours, ok := c.(*referee.PlumeClient); ok {
		c = ours.JSON()
	}
	return peer{"plume-json", "sync,async,oneway,batch,queue,selector", c}
}

// perMode is how many messages an exchange sends in each mode.
const perMode = 3

// exchange lets every peer send in every mode to one topic that nobody created before, and every peer consume all of it.
func exchange(t *testing.T, c *cluster, peers ...peer) {
	topic := "Exchange"
	sent := map[string]referee.Line{} // by body
	t.Run("send", func(t *testing.T) {
		for _, p := range peers {
			maps.Copy(sent, sendAll(t, c, p, topic))
		}
	})
	if t.Failed() {
		return
	}
	t.Run("consume", func(t *testing.T) {
		for _, p := range peers {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				consumeAll(t, c, p, topic, sent)
			})
		}
	})
}

// sendAll sends in all of a peer's modes and returns what was sent, by body.
func sendAll(t *testing.T, c *cluster, p peer, topic string) map[string]referee.Line {
	t.Helper()
	lines := finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--modes", p.modes, "--count", fmt.Sprint(perMode),
		"--label", p.name, "--tags", "TagA,TagB", "--key", p.name, "--properties", "colour=blue,size=12 cm")
	sent := map[string]referee.Line{}
	for _, l := range referee.Only(lines, "sent") {
		for i, body := range strings.Split(l.Text("body"), ",") {
			sent[body] = l
			if l.Text("mode") == "batch" {
				sent[body] = batchItem(l, i)
			}
		}
		if l.Text("mode") != "oneway" && l.Text("status") != "SEND_OK" {
			t.Errorf("%s: status %s", l.Text("body"), l.Text("status"))
		}
	}
	for _, l := range referee.Only(lines, "failed") {
		t.Errorf("send failed: %v", l)
	}
	if want := perMode * len(strings.Split(p.modes, ",")); len(sent) != want {
		t.Errorf("%s sent %d messages, want %d", p.name, len(sent), want)
	}
	return sent
}

// batchItem is what a batch's one result says about its i-th message: the ids are lists.
func batchItem(l referee.Line, i int) referee.Line {
	item := maps.Clone(l)
	for _, list := range []string{"msgId", "offsetMsgId"} {
		ids := strings.Split(l.Text(list), ",")
		if i < len(ids) {
			item[list] = ids[i]
		}
	}
	delete(item, "queueOffset") // of the first one
	return item
}

// consumeAll consumes everything in a group of its own and compares each message with its send result.
func consumeAll(t *testing.T, c *cluster, p peer, topic string, sent map[string]referee.Line) {
	lines := finish(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", "all_"+strings.ReplaceAll(p.name, ".", "_"),
		"--count", fmt.Sprint(len(sent)), "--timeout", "30000")
	got := map[string]referee.Line{}
	for _, l := range referee.Only(lines, "message") {
		if _, twice := got[l.Text("body")]; twice {
			t.Errorf("%s was delivered twice", l.Text("body"))
		}
		got[l.Text("body")] = l
	}
	for _, body := range slices.Sorted(maps.Keys(sent)) {
		m, ok := got[body]
		if !ok {
			t.Errorf("%s was never delivered", body)
			continue
		}
		compare(t, sent[body], m)
	}
}

// compare compares a delivered message with what its sender was told.
func compare(t *testing.T, sent, m referee.Line) {
	t.Helper()
	body := m.Text("body")
	for _, field := range []string{"msgId", "offsetMsgId", "queueId", "queueOffset", "brokerName"} {
		if sent.Text(field) != "" && m.Text(field) != "" && sent.Text(field) != m.Text(field) {
			t.Errorf("%s: %s is %s, its sender was told %s", body, field, m.Text(field), sent.Text(field))
		}
	}
	for name, want := range map[string]string{"colour": "blue", "size": "12 cm"} {
		if got := m.Property(name); got != want {
			t.Errorf("%s: property %s is %q, want %q", body, name, got, want)
		}
	}
	if tag := m.Property("TAGS"); tag != "TagA" && tag != "TagB" {
		t.Errorf("%s: tag %q", body, tag)
	}
	if keys := m.Property("KEYS"); !strings.HasSuffix(keys, "-all") {
		t.Errorf("%s: keys %q", body, keys)
	}
}

// TestApacheClientsThroughPlume: unmodified clients send in every mode and consume each other's messages.
func TestApacheClientsThroughPlume(t *testing.T) {
	c := start(t, subject(t), subject(t), nil)
	exchange(t, c, java550(t), java497(t), goPeer(t), java550Binary(t), plumePeer(t), plumeJSON(t))
}

// TestPlumeClientThroughApache: our client does the same on Apache's servers, finds there what consumers rely on, and its
// traces go through them.
func TestPlumeClientThroughApache(t *testing.T) {
	apache := need(t, apache550)
	c := start(t, apache, apache, nil)
	t.Run("exchange", func(t *testing.T) { exchange(t, c, plumePeer(t), plumeJSON(t), java550(t)) })
	t.Run("features", func(t *testing.T) { features(t, c, plumePeer(t)) })
	t.Run("trace", func(t *testing.T) { traceThroughApache(t, c) })
}

// TestPlumeBrokerBehindApacheNameServer: our broker registers with theirs.
func TestPlumeBrokerBehindApacheNameServer(t *testing.T) {
	c := start(t, need(t, apache550), subject(t), nil)
	exchange(t, c, plumePeer(t), java550(t))
}

// TestApacheBrokerBehindPlumeNameServer: their broker registers with ours.
func TestApacheBrokerBehindPlumeNameServer(t *testing.T) {
	for _, apache := range []*referee.Apache{need(t, apache550), need(t, apache497)} {
		t.Run(apache.Version, func(t *testing.T) {
			c := start(t, subject(t), apache, nil)
			java := java550(t)
			if apache.Version == referee.Apache497 {
				// That broker gives every message of a Java batch the batch's own id.
				java.modes = strings.ReplaceAll(java.modes, "batch,", "")
			}
			exchange(t, c, plumePeer(t), java)
		})
	}
}
