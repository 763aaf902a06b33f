//go:build interop

package interop

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	plumeclient "github.com/plumemq/plume/client"
	plumeadmin "github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/test/interop/referee"
)

// traceTopic has brokers make the trace topic at their start.
var traceTopic = map[string]string{"traceTopicEnable": "true"}

// TestMessageTraceThroughPlume: Apache's own message trace on our servers, written by Java's clients and ours, read by mqadmin of both
// versions and by us.
func TestMessageTraceThroughPlume(t *testing.T) {
	c := start(t, subject(t), subject(t), traceTopic)
	t.Run("written by plume", func(t *testing.T) { messageTrace(t, c, plumePeer(t)) })
	t.Run("written by java", func(t *testing.T) { messageTrace(t, c, java550(t)) })
	t.Run("written by java 4.9.7", func(t *testing.T) { messageTrace(t, c, java497(t)) })
}

// TestMessageTraceThroughApache: the same on Apache's servers.
func TestMessageTraceThroughApache(t *testing.T) {
	apache := need(t, apache550)
	c := start(t, apache, apache, traceTopic)
	t.Run("written by plume", func(t *testing.T) { messageTrace(t, c, plumePeer(t)) })
}

// messageTrace lets a client send and consume with a message trace, refusing once, and reads the trace.
func messageTrace(t *testing.T, c *cluster, p peer) {
	name := strings.ReplaceAll(p.name, ".", "_")
	topic, producers, consumers := "Traced_"+name, "senders_"+name, "readers_"+name
	sent := referee.Only(traced(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--modes", "sync,async", "--group", producers, "--key", "order",
		"--tags", "paid"), "sent")
	if len(sent) != 2 {
		t.Fatalf("sent %v", sent)
	}
	lines := traced(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", consumers, "--count", "2", "--fail", "1", "--timeout", "60000")
	if got := referee.Only(lines, "message"); len(got) < 4 { // on a busy machine a message may come more often
		t.Fatalf("%d deliveries, want 4: %v", len(got), got)
	}
	id := sent[0].Text("msgId")
	readTrace(t, c, id, topic, producers, consumers)
	for _, apache := range []*referee.Apache{need(t, apache550), need(t, apache497)} {
		t.Run("mqadmin "+apache.Version, func(t *testing.T) {
			t.Parallel()
			const when = `\s+127\.0\.0\.1\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+\d+ms\s+`
			adminOf(t, apache, c, []string{"queryMsgTraceById", "-i", id}, []string{
				`(?m)^Pub\s+` + producers + when + `success`, `(?m)^Sub\s+` + consumers + when + `failed`, `(?m)^Sub\s+` + consumers + when + `success`,
			})
		})
	}
}

// traced runs a client that leaves a trace, and returns its lines once all is done. Ours has sent its trace when it ends. Apache's
// clients lose at their shutdown what their dispatcher has taken and not sent yet, so they live as long as the test.
func traced(t *testing.T, p peer, args ...string) []referee.Line {
	t.Helper()
	args = append(args, "--message-trace", "yes")
	if p.name == "plume" {
		return finish(t, p, args...)
	}
	program := launch(t, p, append(args, "--linger", "120000")...)
	await(t, program, "idle", 1)
	return program.Lines()
}

// readTrace reads the trace with our library and compares all that does not depend on the time.
func readTrace(t *testing.T, c *cluster, id, topic, producers, consumers string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	a, err := plumeadmin.New(plumeclient.WithNameServers(c.Addr))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Shutdown(ctx) }()
	want := []string{
		fmt.Sprintf("Pub %s topic=%s tags=paid keys=order0 order-all broker=%s bytes=6 type=Normal success=true region=DefaultRegion", producers, topic, c.broker.Addr),
		fmt.Sprintf("SubAfter %s keys=order0 order-all success=false code=4", consumers),
		fmt.Sprintf("SubAfter %s keys=order0 order-all success=true code=0", consumers),
		fmt.Sprintf("SubBefore %s keys=order0 order-all retry=0 region=DefaultRegion", consumers),
		fmt.Sprintf("SubBefore %s keys=order0 order-all retry=1 region=DefaultRegion", consumers),
	}
	var got []string
	for ctx.Err() == nil { // records come late, and the index later
		records, err := a.QueryMessageTrace(ctx, id, plumeadmin.Query{})
		if err != nil {
			t.Fatal(err)
		}
		requests := map[string]int{}
		got = nil
		for _, r := range records {
			got = append(got, describe(t, &r))
			if r.Type != messagetrace.Pub {
				requests[r.RequestID]++
			}
		}
		slices.Sort(got)
		if slices.Equal(slices.Compact(slices.Clone(got)), want) {
			for _, n := range requests {
				if n != 2 {
					t.Errorf("request ids %v: each is to join two records", slices.Collect(maps.Keys(requests)))
				}
			}
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

func describe(t *testing.T, r *plumeadmin.TraceRecord) string {
	t.Helper()
	if age := time.Since(time.UnixMilli(r.Time)); age < -time.Minute || age > 10*time.Minute || r.Client != "127.0.0.1" || r.CostTime < 0 {
		t.Errorf("%+v", r)
	}
	switch r.Type {
	case messagetrace.Pub:
		if len(r.OffsetMsgID) != 32 {
			t.Errorf("offset id %q", r.OffsetMsgID)
		}
		return fmt.Sprintf("Pub %s topic=%s tags=%s keys=%s broker=%s bytes=%d type=%v success=%v region=%s", r.Group, r.Topic, r.Tags, r.Keys,
			r.StoreHost, r.BodyLength, r.MessageType, r.Success, r.Region)
	case messagetrace.SubBefore:
		return fmt.Sprintf("SubBefore %s keys=%s retry=%d region=%s", r.Group, r.Keys, r.RetryTimes, r.Region)
	default:
		return fmt.Sprintf("%v %s keys=%s success=%v code=%d", r.Type, r.Group, r.Keys, r.Success, r.ContextCode)
	}
}
