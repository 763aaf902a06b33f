package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/metrics/metricstest"
	"github.com/plumemq/plume/internal/observ"
)

func scrape(t *testing.T, r *prometheus.Registry) *metricstest.Exposition {
	t.Helper()
	srv := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	defer srv.Close()
	e, err := metricstest.Scrape(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var node = metrics.Options{Node: metrics.Node{Cluster: "c", Type: "broker", ID: "b-a"}}

func TestWithoutARegistererNothingIsRecorded(t *testing.T) {
	r := metrics.New(nil, metrics.Options{})
	if r != nil || r.Err() != nil {
		t.Fatal("a registry without a registerer")
	}
	r.Scrape(func(metrics.Emit) { t.Error("scraped") }, metrics.TopicNumber)
	r.Constant(metrics.TargetInfo)
	r.Close()
	counter, histogram, gauge := r.Counter(metrics.MessagesIn).With("t", "normal", "false"), r.Histogram(metrics.MessageSize).With("t"), r.Gauge(metrics.ClientChannels).With("open")
	if allocs := testing.AllocsPerRun(100, func() {
		counter.Add(1)
		gauge.Add(1)
		histogram.Observe(1, observ.SpanContext{})
	}); allocs != 0 || histogram.On() || r.Histogram(metrics.MessageSize).On() || r.Steps("broker") != nil {
		t.Errorf("%v allocations", allocs)
	}
}

// Thousands of topics: those that come after the limit are one series, and the sum is right.
func TestSeriesBeyondTheLimitOverflow(t *testing.T) {
	reg := prometheus.NewRegistry()
	opts := node
	opts.Limit = 100
	r := metrics.New(reg, opts)
	in, size := r.Counter(metrics.MessagesIn), r.Histogram(metrics.MessageSize)
	for i := range 5000 {
		topic := fmt.Sprint("topic-", i)
		in.With(topic, "normal", "false").Add(2)
		size.With(topic, "normal", "false").Observe(100, observ.SpanContext{})
	}
	in.With("topic-7", "normal", "false").Add(1) // known before the limit was reached
	e := scrape(t, reg)
	if n := len(e.Families["rocketmq_messages_in_total"].Samples); n != 101 {
		t.Errorf("%d series, want 100 and the overflow", n)
	}
	overflow := map[string]string{"topic": metrics.Overflow, "message_type": metrics.Overflow, "is_system": metrics.Overflow, "node_id": "b-a"}
	if v, ok := e.Value("rocketmq_messages_in_total", overflow); !ok || v != 9800 {
		t.Errorf("overflow %v %v, want 9800", v, ok)
	}
	if v, _ := e.Value("rocketmq_messages_in_total", nil); v != 10001 {
		t.Errorf("sum %v", v)
	}
	if v, _ := e.Sum("rocketmq_message_size", "rocketmq_message_size_count", overflow); v != 4900 {
		t.Errorf("overflow of the histogram %v, want 4900", v)
	}
}

func TestGaugesBeyondTheLimitAreFolded(t *testing.T) {
	reg := prometheus.NewRegistry()
	opts := node
	opts.Limit = 2
	metrics.New(reg, opts).Scrape(func(emit metrics.Emit) {
		for i := range 5 {
			group := fmt.Sprint("g", i)
			emit(metrics.ConsumerLagMessages, float64(10+i), group, "t", "false", "false")
			emit(metrics.ConsumerLagLatency, float64(10+i), group, "t", "false", "false")
		}
	}, metrics.ConsumerLagMessages, metrics.ConsumerLagLatency)
	e := scrape(t, reg)
	overflow := map[string]string{"consumer_group": metrics.Overflow}
	if v, _ := e.Value("rocketmq_consumer_lag_messages", overflow); v != 12+13+14 {
		t.Errorf("lag %v", v)
	}
	if v, _ := e.Value("rocketmq_consumer_lag_latency_milliseconds", overflow); v != 14 {
		t.Errorf("latency %v, want the longest", v)
	}
	if v, _ := e.Value("rocketmq_consumer_lag_messages", map[string]string{"consumer_group": "g1"}); v != 11 {
		t.Errorf("g1 %v", v)
	}
}

func TestRolesShareARegisterer(t *testing.T) {
	reg := prometheus.NewRegistry()
	for range 3 {
		r := metrics.New(reg, metrics.Options{})
		r.Counter(metrics.ClientRouteCache).With("hit").Add(1)
		r.Close()
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if v, _ := scrape(t, reg).Value("rocketmq_client_route_cache_total", nil); v != 3 {
		t.Errorf("%v, want 3", v)
	}
}

func TestNodesLiveSideBySideAndLeave(t *testing.T) {
	reg := prometheus.NewRegistry()
	open := func(id string) *metrics.Registry {
		opts := node
		opts.Node.ID = id
		r := metrics.New(reg, opts)
		r.Constant(metrics.TargetInfo)
		r.Counter(metrics.MessagesIn).With("t", "normal", "false").Add(1)
		r.Scrape(func(emit metrics.Emit) { emit(metrics.TopicNumber, 7) }, metrics.TopicNumber)
		return r
	}
	a, b := open("a"), open("b")
	if err := errors.Join(a.Err(), b.Err()); err != nil {
		t.Fatal(err)
	}
	if v, _ := scrape(t, reg).Value("rocketmq_topic_number", nil); v != 14 {
		t.Errorf("topics of both %v", v)
	}
	if again := open("a"); !errors.Is(again.Err(), metrics.ErrRegister) {
		t.Errorf("a second %v, want ErrRegister", again.Err())
	}
	a.Close()
	e := scrape(t, reg)
	if v, _ := e.Value("rocketmq_topic_number", nil); v != 7 {
		t.Errorf("after a left %v", v)
	}
	if _, ok := e.Value("rocketmq_messages_in_total", map[string]string{"node_id": "a"}); ok {
		t.Error("a has left and is counted still")
	}
	if v, ok := e.Value("target_info", nil); !ok || v != 1 {
		t.Error("no target_info")
	}
	if back := open("a"); back.Err() != nil {
		t.Errorf("a cannot come back: %v", back.Err())
	}
}

func TestANameThatIsTaken(t *testing.T) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "rocketmq_client_route_cache_total", Help: "another"}))
	r := metrics.New(reg, metrics.Options{})
	r.Counter(metrics.ClientRouteCache).With("hit").Add(1) // counts nowhere
	if !errors.Is(r.Err(), metrics.ErrRegister) {
		t.Errorf("%v, want ErrRegister", r.Err())
	}
}

func TestLabelsThatAreNoTextAreMended(t *testing.T) {
	reg := prometheus.NewRegistry()
	metrics.New(reg, node).Counter(metrics.MessagesIn).With("a\xffb", "normal", "false").Add(1)
	if _, ok := scrape(t, reg).Value("rocketmq_messages_in_total", map[string]string{"topic": "a\ufffdb"}); !ok {
		t.Error("the series is lost")
	}
}

// A sampled span is the exemplar of its bucket; one that is not sampled leaves none.
func TestExemplars(t *testing.T) {
	reg := prometheus.NewRegistry()
	h := metrics.New(reg, node).Histogram(metrics.StoreAppendDuration).With()
	tp := sdktrace.NewTracerProvider()
	_, span := tp.Tracer("t").Start(context.Background(), "s")
	h.Observe(0.003, span.SpanContext())
	h.Observe(3, observ.SpanContext{})
	var found []map[string]string
	for _, s := range scrape(t, reg).Families["rocketmq_broker_store_append_duration_seconds"].Samples {
		if s.Exemplar != nil {
			found = append(found, s.Exemplar)
			if s.Labels["le"] != "0.005" {
				t.Errorf("exemplar in bucket %s", s.Labels["le"])
			}
		}
	}
	sc := span.SpanContext()
	if len(found) != 1 || found[0]["trace_id"] != sc.TraceID().String() || found[0]["span_id"] != sc.SpanID().String() {
		t.Errorf("exemplars %v, want that of %s", found, sc.TraceID())
	}
}

var testStep = observ.Define(observ.Op{ID: "test.step", Func: "internal/metrics_test.TestStepsAreObserved"})

func TestStepsAreObserved(t *testing.T) {
	reg := prometheus.NewRegistry()
	tp := sdktrace.NewTracerProvider()
	c := observ.NewComponent(tp)
	c.Observe(metrics.New(reg, node).Steps("producer"))
	ctx, outer := c.StartPreset(context.Background(), testStep.Preset("outer", observ.String("rocketmq.communication_mode", "async")))
	_, inner := testStep.Start(ctx)
	inner.End(nil)
	outer.End(nil)
	e := scrape(t, reg)
	want := map[string]string{"step": "test.step", "role": "producer", "communication_mode": "async"}
	if n, _ := e.Sum("rocketmq_step_duration_seconds", "rocketmq_step_duration_seconds_count", want); n != 2 {
		t.Errorf("%v observations, want 2", n)
	}
}

func TestCacheKeepsOnePerKeyAndIsBounded(t *testing.T) {
	var c metrics.Cache[string, int]
	if c.Load("a") != nil {
		t.Fatal("found what nobody kept")
	}
	var wg sync.WaitGroup
	first := c.Keep("a", 1)
	for range 8 {
		wg.Go(func() {
			if c.Keep("a", 2) != first || c.Load("a") != first {
				t.Error("a second one for the key")
			}
		})
	}
	wg.Wait()
	for i := range 10_000 {
		c.Keep(fmt.Sprint(i), i)
	}
	kept := 0
	for i := range 10_000 {
		if c.Load(fmt.Sprint(i)) != nil {
			kept++
		}
	}
	if kept == 0 || kept > 4096 {
		t.Errorf("%d kept", kept)
	}
	if allocs := testing.AllocsPerRun(100, func() { c.Load("a") }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestScrapeStaysFastWithManySeries(t *testing.T) {
	reg := prometheus.NewRegistry()
	r := metrics.New(reg, node)
	vec := r.Histogram(metrics.RPCLatency)
	for i := range 10_000 {
		vec.With("remoting", strings.Repeat("x", i%50), fmt.Sprint(i), "false", "success").Observe(1, observ.SpanContext{})
	}
	began := time.Now()
	e := scrape(t, reg)
	if n, _ := e.Sum("rocketmq_rpc_latency_milliseconds", "rocketmq_rpc_latency_milliseconds_count", nil); n != 10_000 {
		t.Errorf("%v observations", n)
	}
	t.Logf("%d series in %v", len(e.Families["rocketmq_rpc_latency_milliseconds"].Samples), time.Since(began))
}
