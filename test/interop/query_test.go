//go:build interop

package interop

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// TestQueriesThroughPlume: lite pull consumers and queries by id, unique key and key, of both Java versions.
func TestQueriesThroughPlume(t *testing.T) {
	c := start(t, subject(t), subject(t), nil)
	for _, p := range []peer{java550(t), java497(t)} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			topic := "Query_" + strings.ReplaceAll(p.name, ".", "_")
			sent := referee.Only(finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--count", "5", "--key", "order"), "sent")
			t.Run("litepull subscribe", func(t *testing.T) { litePull(t, c, p, topic, "no") })
			t.Run("litepull assign", func(t *testing.T) { litePull(t, c, p, topic, "yes") })
			t.Run("query", func(t *testing.T) { query(t, c, p, topic, sent) })
		})
	}
}

func litePull(t *testing.T, c *cluster, p peer, topic, assign string) {
	lines := finish(t, p, "litepull", "--namesrv", c.Addr, "--topic", topic, "--group", topic+"_pull_"+assign, "--count", "5", "--assign", assign)
	if got := strings.Join(bodies(lines), " "); got != "sync-0 sync-1 sync-2 sync-3 sync-4" {
		t.Errorf("got %s", got)
	}
}

func query(t *testing.T, c *cluster, p peer, topic string, sent []referee.Line) {
	lines := finish(t, p, "query", "--namesrv", c.Addr, "--topic", topic, "--id", sent[2].Text("offsetMsgId"), "--uniq", sent[3].Text("msgId"),
		"--key", "order-all")
	var total int64
	for _, l := range referee.Only(lines, "queue") {
		total += l.Int("maxOffset") - l.Int("minOffset")
		if l.Int("maxOffset") > 0 && (l.Int("earliest") <= 0 || l.Int("offsetAtTime") != l.Int("maxOffset")-1 && l.Int("offsetAtTime") != l.Int("maxOffset")) {
			t.Errorf("queue %v", l)
		}
	}
	if total != 5 {
		t.Errorf("the queues hold %d messages, want 5", total)
	}
	if got := referee.Only(lines, "byId"); len(got) != 1 || got[0].Text("body") != "sync-2" {
		t.Errorf("by offset id: %v", got)
	}
	if got := referee.Only(lines, "byUniq"); len(got) != 1 || got[0].Text("body") != "sync-3" {
		t.Errorf("by unique key: %v", got)
	}
	if got := referee.Only(lines, "byKey"); len(got) != 5 {
		t.Errorf("by key: %d messages, want 5", len(got))
	}
}

// TestAdminAgainstPlume: mqadmin's commands against our name server and broker. The patterns are of its own output.
func TestAdminAgainstPlume(t *testing.T) {
	c := start(t, subject(t), subject(t), nil)
	p := java550(t)
	const topic, producers, consumers = "AdminTopic", "admin_producers", "admin_consumers"
	sender := launch(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--count", "3", "--group", producers, "--linger", "120000")
	sent := await(t, sender, "sent", 3)
	await(t, sender, "idle", 1)
	consumer := launch(t, p, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", consumers, "--count", "3", "--linger", "120000")
	await(t, consumer, "message", 3)
	addr := regexp.QuoteMeta(c.broker.Addr)
	for _, command := range []struct {
		args []string
		want []string // patterns that the output matches
	}{
		{[]string{"clusterList"}, []string{`(?m)^DefaultCluster\s+broker-a\s+0\s+` + addr + `\s+V5_5_0\s+`}},
		{[]string{"topicList"}, []string{`(?m)^AdminTopic$`, `(?m)^TBW102$`, `(?m)^%RETRY%admin_consumers$`}},
		{[]string{"topicRoute", "-t", topic}, []string{`"brokerName":\s*"broker-a"`, addr, `"writeQueueNums":\s*4`}},
		{[]string{"topicStatus", "-t", topic}, []string{`(?m)^broker-a\s+0\s+0\s+\d`, `(?m)^broker-a\s+3\s+0\s+\d`}},
		{[]string{"updateTopic", "-t", "AdminNew", "-c", "DefaultCluster", "-r", "3", "-w", "2"},
			[]string{`create topic to ` + addr + ` success`, `readQueueNums=3`, `writeQueueNums=2`}},
		{[]string{"queryMsgById", "-i", sent[1].Text("offsetMsgId"), "-t", topic}, []string{`(?m)^Topic:\s+AdminTopic`, `(?m)^Queue Offset:\s+\d+`, `admin_consumers`}},
		{[]string{"producerConnection", "-g", producers, "-t", topic}, []string{`JAVA`, `V5_5_0`, `127\.0\.0\.1`}},
		{[]string{"consumerProgress", "-g", consumers}, []string{`(?m)^AdminTopic\s+broker-a\s+\d\s+\d+`, `Consume TPS: `, `Consume Diff Total: 0`}},
		{[]string{"consumerProgress"}, []string{`(?m)^admin_consumers\s+1\s+V5_5_0\s+PUSH\s+CLUSTERING`}},
		{[]string{"topicClusterList", "-t", topic}, []string{`(?m)^DefaultCluster`}},
		{[]string{"consumerConnection", "-g", consumers}, []string{`JAVA`, `(?m)^ConsumeType: CONSUME_PASSIVELY`, `AdminTopic`}},
		{[]string{"consumerStatus", "-g", consumers}, []string{`V5_5_0`, `Same subscription in the same group of consumer`, `Rebalance OK`}},
		{[]string{"queryMsgByUniqueKey", "-i", sent[0].Text("msgId"), "-t", topic}, []string{`(?m)^Queue Offset:\s+\d+`}},
	} {
		t.Run(strings.Join(command.args[:min(2, len(command.args))], " "), func(t *testing.T) {
			t.Parallel()
			admin(t, c, command.args, command.want)
			if command.args[0] == "updateTopic" {
				admin(t, c, []string{"topicRoute", "-t", "AdminNew"}, []string{`"readQueueNums":\s*3`, `"writeQueueNums":\s*2`})
			}
		})
	}
}

// admin runs one command of 5.5.0's mqadmin and matches its output.
func admin(t *testing.T, c *cluster, args, want []string) {
	t.Helper()
	adminOf(t, need(t, apache550), c, args, want)
}

// adminOf runs one command and matches its output, again for a while as offsets are reported with delay.
func adminOf(t *testing.T, apache *referee.Apache, c *cluster, args, want []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var missing []string
	var out string
	for range 5 {
		var err error
		if out, err = apache.Admin(ctx, t.TempDir(), c.Addr, args...); err != nil {
			t.Fatal(err)
		}
		missing = nil
		for _, pattern := range want {
			if !regexp.MustCompile(pattern).MatchString(out) {
				missing = append(missing, pattern)
			}
		}
		if missing == nil {
			return
		}
		time.Sleep(2 * time.Second)
	}
	t.Errorf("mqadmin %v: output lacks %q:\n%s", args, missing, out)
}
