// Package dashboards makes Grafana's dashboards and Prometheus' alert rules from the metric catalogue. A query names its family as a Go
// value and its labels are held against that family's, so a metric that is renamed or loses a label breaks the build or a test, not a
// panel in front of its reader.
//
// The files under deploy/grafana/dashboards and deploy/prometheus/rules.yml are what this package writes (go generate). Each query and
// each alert is run against a real Prometheus by test/stack.
package dashboards
