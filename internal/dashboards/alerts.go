package dashboards

import (
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/plumemq/plume/internal/metrics"
)

// faultActive is what plume chaos says it has broken.
var faultActive = of(metrics.DemoFaultActive).sum("fault")

// Alert is one rule of Prometheus'.
type Alert struct {
	Name     string
	Expr     string // what is looked at; it has a value at any time in a cluster with traffic
	When     string // the comparison that makes it an alert: "> 1000"
	For      string
	Severity string // warning: look today; critical: look now
	Summary  string
	Doc      string // what it means and what to do
}

// Alerts are all rules.
func Alerts() []Alert {
	return slices.Concat(consumerAlerts(), brokerAlerts(), clusterAlerts(), sendAlerts())
}

// consumerAlerts are of messages that are not consumed.
func consumerAlerts() []Alert {
	group := []string{"consumer_group", "topic"}
	return []Alert{
		{
			"ConsumerLagHigh", of(metrics.ConsumerLagMessages).sum(group...), "> 10000", "1m", "warning",
			"{{ $labels.consumer_group }} is {{ $value }} messages behind on {{ $labels.topic }}",
			"Consumers are slower than producers, or stand still. Look at the dashboard Consumers and lag: are there members, does handling take longer?",
		},
		{
			"ConsumerTimeBehind", of(metrics.ConsumerLagLatency).max(group...), "> 60000", "1m", "warning",
			"{{ $labels.consumer_group }} is {{ $value }} ms behind on {{ $labels.topic }}",
			"The oldest message that is not acknowledged is older than a minute. One message that fails again and again is enough in an ordered queue.",
		},
		{
			"DeadLetters", "(" + orZero("sum (increase("+metrics.SendToDLQMessages.Name+"[5m]))") + ")", "> 0", "0s", "warning",
			"{{ $value }} messages became dead letters within five minutes", "A handler failed for the last time. Read them in the group's %DLQ% topic.",
		},
	}
}

// brokerAlerts are of brokers that do not keep up.
func brokerAlerts() []Alert {
	return []Alert{
		{
			"FlushBehind", of(metrics.StorageFlushBehind).sum("cluster", "node_id"), "> 67108864", "1m", "critical",
			"{{ $labels.node_id }} has {{ $value }} bytes that are not durable",
			"The disk does not keep up with what is stored. A power cut would take these bytes.",
		},
		{
			"DispatchBehind", of(metrics.StorageDispatchBehind).sum("cluster", "node_id"), "> 67108864", "1m", "critical",
			"{{ $labels.node_id }} has {{ $value }} bytes that no consume queue points to",
			"Messages are stored, but consumers do not see them yet.",
		},
		{
			"RequestsWait", of(metrics.ProcessorWatermark).sum("cluster", "node_id", "processor"), "> 1000", "30s", "warning",
			"{{ $value }} requests wait for {{ $labels.processor }} of {{ $labels.node_id }}", "The broker is overloaded; the oldest are refused with SYSTEM_BUSY.",
		},
		{
			"BrokerRefuses", of(metrics.BrokerPermission).max("cluster", "node_id"), "< 6", "1m", "warning",
			"{{ $labels.node_id }} may not be written to or read from", "Its brokerPermission is {{ $value }}: 2 is write, 4 is read, 6 both.",
		},
	}
}

// clusterAlerts are of parts that are away, and of those who miss them.
func clusterAlerts() []Alert {
	return []Alert{
		{
			"BrokerGone", "max_over_time(" + metrics.NamesrvLiveBrokers.Name + "[10m]) - " + metrics.NamesrvLiveBrokers.Name, "> 0", "10s", "critical",
			"{{ $value }} brokers fewer are registered at {{ $labels.node_id }} than ten minutes ago",
			"A broker died, or lost its way to the name server. Topics that live on it alone are away.",
		},
		{
			"NoBroker", of(metrics.NamesrvLiveBrokers).max(), "< 1", "10s", "critical",
			"No broker is registered", "Nobody can send or consume.",
		},
		{
			"NoRoute", of(metrics.NamesrvRouteRequests, "result", "!=found").rate("1m", "node_id"), "> 1", "1m", "warning",
			"{{ $value }} questions per second for topics without a route",
			"A client asks for a topic that no broker has: a typing error, a topic that was not created, or its broker is gone.",
		},
		{
			"ServiceDown", `min by (job, service, instance) (up)`, "< 1", "15s", "critical",
			"{{ $labels.service }} does not answer Prometheus", "The process is gone, hangs, or cannot be reached.",
		},
	}
}

// sendAlerts are of sends that fail or take long.
func sendAlerts() []Alert {
	sent := of(metrics.MessagingSentMessages).rate("1m")
	return []Alert{
		{
			"SendsFail", "(" + orZero(of(metrics.MessagingSentMessages, "error_type", "!=").rate("1m")) + ") / " + sent, "> 0.01", "1m", "critical",
			"{{ $value | humanizePercentage }} of all sends fail", "After all retries. The dashboard Faults and retries says with which error.",
		},
		{
			"SendsRetry", "(" + orZero(of(metrics.ClientRetries).rate("1m")) + ") / " + sent, "> 0.05", "1m", "warning",
			"{{ $value | humanizePercentage }} of all sends need another attempt", "Some broker refuses or does not answer; sends survive that, but take longer.",
		},
		{
			"SendsSlow", of(metrics.MessagingOperationDuration, "messaging_operation_name", "send").quantile(0.99, "1m"), "> 0.5", "1m", "warning",
			"One send in a hundred takes longer than {{ $value }} s", "The dashboard Send path shows which step it is.",
		},
	}
}

const rulesHead = "# Generated from the metric catalogue (go generate ./internal/dashboards); do not edit.\n"

// WriteRules writes Prometheus' file of alert rules.
func WriteRules(w io.Writer) error {
	rules := make([]map[string]any, 0, len(Alerts()))
	for _, a := range Alerts() {
		rules = append(rules, map[string]any{
			"alert": a.Name, "expr": a.Expr + " " + a.When, "for": a.For, "labels": map[string]string{"severity": a.Severity},
			"annotations": map[string]string{"summary": a.Summary, "description": a.Doc},
		})
	}
	if _, err := io.WriteString(w, rulesHead); err != nil {
		return fmt.Errorf("alert rules: %w", err)
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(map[string]any{"groups": []any{map[string]any{"name": "rocketmq", "rules": rules}}}); err != nil {
		return fmt.Errorf("alert rules: %w", err)
	}
	return nil
}
