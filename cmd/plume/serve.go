package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/adminhttp"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

// stopTimeout bounds a clean stop after Ctrl-C.
const stopTimeout = 15 * time.Second

// exportTimeout bounds the export of the last spans: a receiver that is away must not hold the program.
const exportTimeout = 3 * time.Second

// service is a server that a command runs until Ctrl-C.
type service interface {
	Start(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// environment is what a command's flags and the OTEL_* variables made.
type environment struct {
	log        *zap.Logger
	telemetry  *telemetry.Providers
	control    *observ.Control
	spanEvents bool
	component  *observ.Component // a server's; clients make their own
	admin      *adminhttp.Server // nil: none
	state      atomic.Int32      // of a server: starting, serving, stopping

	registerer prometheus.Registerer // nil: no metrics
	metrics    *telemetry.MetricsServer
}

// serveMetrics serves metrics on addr from now on, and says where; nothing if addr is empty.
func (e *environment) serveMetrics(addr string, out io.Writer) (err error) {
	if addr == "" {
		return nil
	}
	registry := telemetry.NewRegistry()
	if e.metrics, err = telemetry.ServeMetrics(addr, registry, e.log); err != nil {
		return explainListen(err, "--metrics-addr host:port (conf key metricsPromExporterPort)")
	}
	e.registerer = registry
	fmt.Fprintf(out, "metrics: %s\n", e.metrics.URL())
	return nil
}

// The states of a server, as its health tells them. A client serves all the time.
const (
	serving int32 = iota
	starting
	stopping
)

var (
	errStarting = errors.New("it is starting")
	errStopping = errors.New("it is stopping")
)

// health is what the admin endpoint says of the program.
func (e *environment) health() error {
	switch e.state.Load() {
	case starting:
		return errStarting
	case stopping:
		return errStopping
	}
	return nil
}

// runService starts a server, says so through started, waits for ctx and stops it again. Spans that wait are exported last.
func runService(ctx context.Context, env *environment, s service, started func()) error {
	defer env.close()
	env.state.Store(starting)
	if err := s.Start(ctx); err != nil {
		return err
	}
	env.state.Store(serving)
	started()
	<-ctx.Done()
	env.state.Store(stopping)
	env.log.Info("stopping")
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := s.Shutdown(stopCtx); err != nil {
		return err
	}
	env.log.Info("stopped")
	return nil
}

// close exports what waits, and stops serving metrics.
func (e *environment) close() {
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	if e.admin != nil {
		_ = e.admin.Close()
	}
	if err := e.telemetry.Shutdown(ctx); err != nil {
		e.log.Error("spans or logs lost at the end", zap.Error(err))
	}
	if e.metrics != nil {
		if err := e.metrics.Close(); err != nil {
			e.log.Warn("metrics", zap.Error(err))
		}
	}
	_ = e.log.Sync() // standard error cannot be synced everywhere
}
