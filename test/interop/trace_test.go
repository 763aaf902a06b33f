//go:build interop

package interop

import (
	"regexp"
	"strings"
	"testing"

	"github.com/plumemq/plume/test/interop/referee"
)

var traceParent = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-01$`)

// traceThroughApache: the trace of a send of ours is on Apache's disk, Apache's consumers see it as a property, and
// our consumer continues it, also after Apache's broker retried the message.
func traceThroughApache(t *testing.T, c *cluster) {
	apache, ours := need(t, apache550), need(t, plumeClient)
	const topic = "Traced"
	finish(t, ours, "send", "--namesrv", c.Addr, "--topic", topic, "--trace", "yes")

	java := referee.Only(finish(t, apache, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", "java"), "message")
	if len(java) != 1 {
		t.Fatalf("Java's consumer got %v", java)
	}
	parent := traceParent.FindStringSubmatch(java[0].Property("traceparent"))
	if parent == nil {
		t.Fatalf("traceparent is %q", java[0].Property("traceparent"))
	}
	if got := java[0].Property("TRACE_CONTEXT"); !strings.Contains(got, parent[1]) {
		t.Errorf("TRACE_CONTEXT is %q, want it to hold trace %s", got, parent[1])
	}

	lines := finish(t, ours, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", "plume", "--trace", "yes", "--fail", "1",
		"--timeout", "60000")
	got := referee.Only(lines, "message")
	if len(got) != 2 {
		t.Fatalf("got %v, want a delivery and a redelivery", got)
	}
	for _, m := range got {
		if m.Text("traceId") != parent[1] {
			t.Errorf("delivery %d continues trace %s, want %s", m.Int("reconsumeTimes"), m.Text("traceId"), parent[1])
		}
	}
}

// TestTraceSurvivesForeignClients: properties that a Java producer sets reach ours unchanged, and the trace in them.
func TestTraceSurvivesForeignClients(t *testing.T) {
	c := start(t, subject(t), subject(t), nil)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	finish(t, need(t, apache550), "send", "--namesrv", c.Addr, "--topic", "Foreign", "--properties", "traceparent="+parent)
	got := referee.Only(finish(t, need(t, plumeClient), "consume", "--namesrv", c.Addr, "--topic", "Foreign", "--group", "plume", "--trace", "yes"), "message")
	if len(got) != 1 || got[0].Property("traceparent") != parent || !strings.Contains(parent, got[0].Text("traceId")) {
		t.Errorf("got %v", got)
	}
}
