//go:build stack

package stack

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"
)

// scrapeJaeger lets Prometheus scrape the span metrics of Jaeger at its address here, or of nobody where there is no Jaeger.
func (s *stack) scrapeJaeger(t *testing.T, file string) {
	t.Helper()
	text := "[]"
	if s.jaeger != nil {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = replaceOnce(t, string(b), "jaeger:8889", s.jaeger.ports["8889"])
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// monitored is what Jaeger's Monitor tab must know: an operation of each service, under the kind that is chosen there.
var monitored = []struct{ service, kind, operation string }{
	{"producer", "producer", "send TopicTest"},
	{"producer", "client", "SEND_MESSAGE_V2"},
	{"namesrv", "server", "GET_ROUTEINFO_BY_TOPIC"},
	{"broker-a", "server", "SEND_MESSAGE_V2"},
	{"broker-b", "server", "SEND_MESSAGE_V2"},
	{"consumer", "consumer", "process TopicTest"},
}

// The Monitor tab asks Jaeger, Jaeger asks Prometheus, and Prometheus has scraped what Jaeger's connector counted.
func (s *stack) monitor(t *testing.T) {
	for _, m := range monitored {
		rate := s.measured(t, "calls", m.service, m.kind, m.operation, "")
		fast := s.measured(t, "latencies", m.service, m.kind, m.operation, "0.5")
		slow := s.measured(t, "latencies", m.service, m.kind, m.operation, "0.95")
		wrong := s.measured(t, "errors", m.service, m.kind, m.operation, "")
		t.Logf("%-9s %-23s %.3f per second, median %.1f ms, 95th percentile %.1f ms, errors %g", m.service, m.operation, rate, fast, slow, wrong)
		if rate <= 0 || fast <= 0 || slow < fast || wrong != 0 {
			t.Errorf("%s of %s: %g per second, %g and %g ms, errors %g", m.operation, m.service, rate, fast, slow, wrong)
		}
	}
	eventually(t, "span metrics tell steps apart", func() error {
		r, err := s.ask(`sum by (rocketmq_step) (traces_span_metrics_calls_total{service_name="broker-a",rocketmq_step="commitlog.asyncPutMessage"}) > 0`)
		if err == nil && len(r) == 0 {
			err = errNoData
		}
		return err
	})
}

// measured is the latest value of one operation in the table of the Monitor tab, asked for with the tab's own parameters.
func (s *stack) measured(t *testing.T, what, service, kind, operation, quantile string) float64 {
	t.Helper()
	var value float64
	eventually(t, what+" of "+operation+" of "+service, func() error {
		q := url.Values{
			"service": {service}, "spanKind": {kind}, "groupByOperation": {"true"}, "endTs": {strconv.FormatInt(time.Now().UnixMilli(), 10)},
			"lookback": {"3600000"}, "step": {"60000"}, "ratePer": {"600000"},
		}
		if quantile != "" {
			q.Set("quantile", quantile)
		}
		var family struct {
			Metrics []struct {
				Labels       []struct{ Name, Value string }
				MetricPoints []struct{ GaugeValue struct{ DoubleValue any } }
			}
		}
		if err := fetch(s.jaeger.api("/api/metrics/"+what+"?"+q.Encode()), &family); err != nil {
			return err
		}
		for _, m := range family.Metrics {
			labels := map[string]string{}
			for _, l := range m.Labels {
				labels[l.Name] = l.Value
			}
			if labels["service_name"] != service || labels["operation"] != operation || len(m.MetricPoints) == 0 {
				continue
			}
			v, ok := m.MetricPoints[len(m.MetricPoints)-1].GaugeValue.DoubleValue.(float64)
			if !ok {
				break // not yet a number
			}
			value = v
			return nil
		}
		return fmt.Errorf("%w: %+v", errNoData, family)
	})
	return value
}
