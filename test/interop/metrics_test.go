//go:build interop

package interop

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/metrics/metricstest"
)

// metered is a cluster whose broker serves its metrics as Apache's does.
type metered struct {
	*cluster
	url string
}

func startMetered(t *testing.T, s server) *metered {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil || l.Close() != nil {
		t.Fatal(err)
	}
	return &metered{
		start(t, s, s, map[string]string{"metricsExporterType": "PROM", "metricsPromExporterHost": "127.0.0.1", "metricsPromExporterPort": port}),
		"http://127.0.0.1:" + port + "/metrics",
	}
}

// metricsTraffic has one of Apache's clients send in every way, delayed too, and consume, and a group give up a message. It leaves a
// consumer running.
func metricsTraffic(t *testing.T, m *metered, p peer) {
	t.Helper()
	finish(t, p, "send", "--namesrv", m.Addr, "--topic", "Plain", "--modes", "sync,async,oneway,batch", "--count", "3", "--size", "500")
	finish(t, p, "send", "--namesrv", m.Addr, "--topic", "Later", "--delay", "1", "--count", "2")
	finish(t, p, "consume", "--namesrv", m.Addr, "--topic", "Later", "--group", "later", "--count", "2")
	finish(t, p, "send", "--namesrv", m.Addr, "--topic", "Refused")
	finish(t, p, "consume", "--namesrv", m.Addr, "--topic", "Refused", "--group", "refusing", "--fail", "-1", "--max-reconsume", "0",
		"--count", "1", "--timeout", "60000")
	await(t, launch(t, p, "consume", "--namesrv", m.Addr, "--topic", "Plain", "--group", "reading", "--count", "100", "--timeout", "120000"),
		"message", 12)
}

// settled scrapes until a group has acknowledged everything: clients tell brokers every five seconds.
func (m *metered) settled(t *testing.T) *metricstest.Exposition {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		e, err := metricstest.ScrapeText(m.url)
		if err != nil {
			t.Fatal(err)
		}
		lag, ok := e.Value("rocketmq_consumer_lag_messages", map[string]string{"consumer_group": "reading"})
		inflight, _ := e.Value("rocketmq_consumer_inflight_messages", map[string]string{"consumer_group": "reading"})
		if ok && lag == 0 && inflight == 0 {
			return e
		}
		if time.Now().After(deadline) {
			t.Fatalf("lag of the group %v (%v), in flight %v", lag, ok, inflight)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// The same client does the same things to an Apache broker and to ours. Every metric of Apache's whose feature is here must come
// with the same type, help, labels and buckets, and what the traffic determines with the same values.
func TestMetricsAreApaches(t *testing.T) {
	p := java550(t)
	var pages [2]*metricstest.Exposition
	for i, s := range []server{need(t, apache550), need(t, plume)} {
		m := startMetered(t, s)
		metricsTraffic(t, m, p)
		pages[i] = m.settled(t)
	}
	apache, ours := pages[0], pages[1]
	t.Run("shapes", func(t *testing.T) { sameShapes(t, apache, ours) })
	t.Run("values", func(t *testing.T) { sameValues(t, apache, ours) })
}

func sameShapes(t *testing.T, apache, ours *metricstest.Exposition) {
	type shape struct {
		Type, Help string
		Labels     []string
		Buckets    []float64
	}
	shapeOf := func(f *metricstest.Family) shape { return shape{f.Type, f.Help, f.LabelNames(), f.Buckets()} }
	known := map[string]*metrics.Family{}
	for _, f := range metrics.Families() {
		known[f.Name] = f
		if f.Origin == metrics.Apache && f.Served() && ours.Families[f.Name] != nil && apache.Families[f.Name] == nil {
			t.Errorf("%s: ours alone", f.Name)
		}
	}
	compared := 0
	for _, name := range slices.Sorted(maps.Keys(apache.Families)) {
		switch f := known[name]; {
		case f == nil:
			t.Errorf("%s is not in the catalogue", name)
		case !f.Served():
			t.Logf("%s: waits for %s", name, f.Needs)
		case ours.Families[name] == nil:
			t.Errorf("%s: Apache's alone", name)
		default:
			compared++
			if diff := cmp.Diff(shapeOf(apache.Families[name]), shapeOf(ours.Families[name])); diff != "" {
				t.Errorf("%s (-Apache's +ours):\n%s", name, diff)
			}
		}
	}
	t.Logf("%d families compared", compared)
}

// determined are the samples whose values the traffic determines, by a pattern of the family's and of labels that must be there.
var determined = []struct {
	sample string
	with   map[string]string
}{
	{"rocketmq_messages_in_total", nil}, {"rocketmq_throughput_in_total", nil}, {"rocketmq_message_size_count", nil},
	{"rocketmq_message_size_sum", nil}, {"rocketmq_message_size_bucket", nil}, {"rocketmq_messages_out_total", nil},
	{"rocketmq_throughput_out_total", nil}, {"rocketmq_send_to_dlq_messages_total", nil}, {"rocketmq_broker_permission", nil},
	{"rocketmq_consumer_connections", nil}, {"rocketmq_producer_connections", nil}, {"rocketmq_consumer_lag_messages", nil},
	{"rocketmq_consumer_inflight_messages", nil}, {"rocketmq_consumer_ready_messages", nil},
	{"rocketmq_consumer_lag_latency_milliseconds", nil}, {"rocketmq_consumer_queueing_latency_milliseconds", nil},
	{"rocketmq_storage_dispatch_behind_bytes", nil},
	{"rocketmq_rpc_latency_milliseconds_count", map[string]string{"request_code": "send_message_v2"}},
	{"rocketmq_rpc_latency_milliseconds_count", map[string]string{"request_code": "send_batch_message"}},
	{"rocketmq_rpc_latency_milliseconds_count", map[string]string{"request_code": "consumer_send_msg_back"}},
	{"rocketmq_consumer_group_number", nil}, {"rocketmq_topic_number", nil},
}

func sameValues(t *testing.T, apache, ours *metricstest.Exposition) {
	for _, d := range determined {
		if diff := cmp.Diff(values(apache, d.sample, d.with), values(ours, d.sample, d.with)); diff != "" {
			t.Errorf("%s%v (-Apache's +ours):\n%s", d.sample, d.with, diff)
		}
	}
	labels := func(e *metricstest.Exposition) []string {
		seen := map[string]bool{}
		for _, s := range e.Families["rocketmq_rpc_latency_milliseconds"].Samples {
			seen[fmt.Sprint(s.Labels["request_code"], " ", s.Labels["response_code"], " ", s.Labels["is_long_polling"], " ", s.Labels["result"])] = true
		}
		return slices.Sorted(maps.Keys(seen))
	}
	t.Logf("exchanges, Apache's: %s", strings.Join(labels(apache), ", "))
	t.Logf("exchanges, ours: %s", strings.Join(labels(ours), ", "))
}

// values are a sample's values by its labels.
func values(e *metricstest.Exposition, sample string, with map[string]string) map[string]float64 {
	all := map[string]float64{}
	for _, f := range e.Families {
		for _, s := range f.Samples {
			if s.Name != sample {
				continue
			}
			keep := true
			for k, v := range with {
				keep = keep && s.Labels[k] == v
			}
			if keep {
				all[canonical(s.Labels)] = s.Value
			}
		}
	}
	return all
}

// canonical is a set of labels as text; bounds are written alike.
func canonical(labels map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		v := labels[k]
		if f, err := strconv.ParseFloat(v, 64); k == "le" && err == nil {
			v = fmt.Sprint(f)
		}
		words = append(words, k+"="+v)
	}
	return strings.Join(words, " ")
}
