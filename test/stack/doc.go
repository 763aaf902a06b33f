// Package stack starts the topology of docker-compose.yml as plain processes and looks at it as a user does: every query of every
// dashboard and every alert is run against a real Prometheus, the real Jaeger must tell of each trace what the site tells, and what
// the files of deploy/ refer to is held against what there is.
//
// It is a module of its own, so that Plume's go.mod does not name Prometheus and compose-go; jaeger/ is another one, so that Jaeger's
// three hundred dependencies meet nobody else's. Run it with make stack; it needs Prometheus (Debian's package prometheus) on the PATH,
// and Jaeger's modules, which the go command fetches.
package stack
