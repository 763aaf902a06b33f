//go:build interop

package interop

import (
	"slices"
	"strconv"
	"testing"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// TestGroupOfBothClients: one of Apache's consumers and one of ours share a group and its queues. When the division changes, Apache's gives
// its subscription a new version and tells the brokers; ours keeps the version that it subscribed with. Brokers serve both.
func TestGroupOfBothClients(t *testing.T) {
	for name, s := range map[string]server{"apache": need(t, apache550), "plume": subject(t)} {
		t.Run(name, func(t *testing.T) {
			c, p := start(t, s, s, nil), plumePeer(t)
			const topic = "Both"
			finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic)
			consumer := []string{"consume", "--namesrv", c.Addr, "--topic", topic, "--group", "both", "--count", "1000", "--timeout", "120000"}
			java := launch(t, java550(t), consumer...)
			await(t, java, "message", 1)
			alone := subscriptionVersion(t, c, "both", topic)
			ours := launch(t, p, consumer...)
			eventually(t, "a new version when ours joins", func() bool { return subscriptionVersion(t, c, "both", topic) > alone })
			sent := 0
			eventually(t, "each has its share", func() bool {
				finish(t, p, "send", "--namesrv", c.Addr, "--topic", topic, "--modes", "queue", "--count", "4", "--label", strconv.Itoa(sent))
				sent++
				return len(bodies(ours.Lines())) > 0 && len(bodies(java.Lines())) > 1
			})
			eventually(t, "nothing is left over", func() bool {
				got := append(bodies(java.Lines()), bodies(ours.Lines())...)
				slices.Sort(got)
				return len(slices.Compact(got)) == 1+4*sent
			})
		})
	}
}

// subscriptionVersion is the version of a group's subscription to a topic, as a broker has it.
func subscriptionVersion(t *testing.T, c *cluster, group, topic string) int64 {
	t.Helper()
	var connections body.ConsumerConnection
	resp := invoke(t, bare(t, remoting.ClientConfig{}), c.broker.Addr, protocol.NewRequest(protocol.GetConsumerConnectionList,
		&header.GetConsumerConnectionListRequestHeader{ConsumerGroup: group}))
	if err := connections.Decode(resp.Body); err != nil || resp.Code != 0 {
		t.Fatalf("%d %s: %v", resp.Code, resp.Remark, err)
	}
	return connections.SubscriptionTable[topic].SubVersion
}
