//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumemq/plume/test/interop/referee"
)

// shape is how a Java program sends: callers are dealt over producers, and these have a connection to the broker each.
type shape struct{ callers, producers, messages int }

// loads has a Java program send in some shapes, one after another, and returns how many messages a second were stored in each.
func loads(t *testing.T, nameServer, topic string, shapes ...shape) []float64 {
	t.Helper()
	var script []string
	for _, s := range shapes {
		script = append(script, fmt.Sprintf("%d:%d:%d", s.callers, s.producers, s.messages))
	}
	p, err := need(t, apache550).Class(t.TempDir(), []string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"},
		"org.plumemq.interop.Load", "--namesrv", nameServer, "--topic", topic, "--script", strings.Join(script, ","))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	wait(t, p)
	lines := done(t, p)
	rates := make([]float64, len(shapes))
	for i, l := range referee.Only(lines, "load") {
		if stored := l.Int("stored"); stored != int64(shapes[i].messages) {
			t.Fatalf("%+v: %d messages are stored", shapes[i], stored)
		}
		rates[i] = 1e6 * float64(l.Int("stored")) / float64(l.Int("micros"))
	}
	return rates
}

// Apache's client and Apache's broker, unmodified: threads send, and wait for each answer. One alone; 64 over one connection; 64 with a
// connection each. First as they are, by the clock. Then over a line that counts: 64 messages are on their way on the one
// connection, and a read finds several; on a connection for each there is one, and a read for each, as for the thread alone.
func TestClaim_T15_ManyCallersOnOneConnectionToApachesBroker(t *testing.T) {
	const topic, callers, messages = "Throughput", 64, 6400
	c := shared(t)
	broker := c.brokers["broker-a"]
	c.createTopicOn(t, topic, 4, 4, 6, broker)
	alone, together, apart := shape{1, 1, messages / 4}, shape{callers, 1, messages}, shape{callers, callers, messages}
	warmUp := shape{callers, 1, 4 * messages}

	rates := loads(t, c.Addr, topic, warmUp, alone, together, apart)
	t.Logf("messages a second: alone %.0f, %d together %.0f, %d apart %.0f", rates[1], callers, rates[2], callers, rates[3])
	if rates[2] < 2*rates[1] {
		t.Errorf("%d callers on one connection: %.0f messages a second; one caller: %.0f", callers, rates[2], rates[1])
	}
	if rates[3] > 2*rates[2] {
		t.Errorf("%d connections: %.0f messages a second; one: %.0f", callers, rates[3], rates[2])
	}

	s := newStandIn(t)
	l := newLine(t, broker.Addr)
	s.route.BrokerDatas[0].BrokerAddrs = map[int64]string{0: l.addr}
	loads(t, s.addr, topic, alone, together, apart)
	before := 0
	count := func(of shape) passage {
		p := l.next(t, before, of.producers)
		before += of.producers
		t.Logf("%+v: %+v", of, p)
		if want := of.messages + of.producers; p.messages != want || p.answers != want { // each producer's first one comes before the clock
			t.Errorf("%+v: %d messages and %d answers passed", of, p.messages, p.answers)
		}
		return p
	}
	if p := count(alone); p.most != 1 || p.reads < p.messages || p.readsOfAnswers < p.answers {
		t.Errorf("alone: %+v", p)
	}
	if p := count(together); p.most < callers/2 || p.most > callers || 2*p.reads > p.messages || 2*p.readsOfAnswers > p.answers {
		t.Errorf("together: %+v", p)
	}
	if p := count(apart); p.most != 1 {
		t.Errorf("apart: %+v", p)
	}
	if n := l.taken(); n != before {
		t.Errorf("%d connections, want %d", n, before)
	}
	s.recorder.WaitStep(t, "remoting.server.GET_ROUTEINFO_BY_TOPIC")
}
