package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/observatory"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/tracestore"
)

// The names that the demo's parts have in traces, and what they talk about.
const (
	serviceNamesrv  = "namesrv"
	serviceBrokerA  = "broker-a"
	serviceBrokerB  = "broker-b"
	serviceProducer = "producer"
	serviceConsumer = "consumer"

	// Topic is the one that the demo creates and consumes.
	Topic         = "TopicTest"
	producerGroup = "demo-producers"
	consumerGroup = "demo-consumers"
	cluster       = "DemoCluster"
	queues        = 4 // of Topic, on each broker
)

// Demo is a running demo. Its methods may be called concurrently.
type Demo struct {
	cfg     Config
	log     *zap.Logger
	started time.Time
	dir     string // of the brokers' stores
	store   *tracestore.Store
	metrics *prometheus.Registry // of everything in this process
	control *observ.Control      // the level of detail of all parts

	namesrv  *node
	brokers  []*node
	wire     *network.Faulty // the producer's
	business *business       // the consumer's
	consumer *consumer.Consumer
	sender   *sender
	board    *switchboard
	load     *load
	web      *observatory.Observatory
	tracing  []*telemetry.Providers // of all parts; they end last, so that they have all spans

	closers []func(context.Context) error // the latest is undone first
}

// Start brings everything up and sends the first messages. When it returns, the page at [Demo.URL] has a trace to show or gets it
// within the store's quiet time. After an error nothing is left running.
func Start(ctx context.Context, cfg Config) (*Demo, error) {
	d := &Demo{cfg: cfg, log: cfg.Logger, started: time.Now(), metrics: telemetry.NewRegistry()}
	d.store = tracestore.New(tracestore.Config{MaxBytes: cfg.StoreBytes})
	if d.log == nil {
		d.log = zap.NewNop()
	}
	if cfg.Detail == observ.Off {
		cfg.Detail = observ.Steps
	}
	d.control = observ.NewControl(cfg.Detail)
	if cfg.Forward != "" && cfg.ownReceiver() {
		return nil, fmt.Errorf("%w: %s", ErrForwardToSelf, cfg.Forward)
	}
	if err := cfg.checkPorts(); err != nil {
		return nil, err
	}
	for _, stage := range []func(context.Context) error{
		d.openFolder, d.startNameServer, d.startBrokers, d.createTopic, d.startConsumer, d.startProducer,
		d.startControl, d.startSite, d.firstMessages, d.firstFault,
	} {
		if err := stage(ctx); err != nil {
			return nil, errors.Join(err, d.Shutdown(context.WithoutCancel(ctx)))
		}
	}
	return d, nil
}

// URL is the site's front page.
func (d *Demo) URL() string { return d.web.URL() }

// Token lets who knows it use the site's control bar; see site.Site.Token.
func (d *Demo) Token() string { return d.web.Token() }

// Store holds the traces.
func (d *Demo) Store() *tracestore.Store { return d.store }

// NamesrvAddr is where clients that join in find the cluster.
func (d *Demo) NamesrvAddr() string { return d.namesrv.address() }

// BrokerAddrs are where the brokers listen.
func (d *Demo) BrokerAddrs() []string {
	addrs := make([]string, len(d.brokers))
	for i, b := range d.brokers {
		addrs[i] = b.address()
	}
	return addrs
}

// Registry holds the metrics of everything in this process, for whoever joins in here.
func (d *Demo) Registry() *prometheus.Registry { return d.metrics }

// Shutdown stops everything, the latest first, and removes the brokers' stores; ctx bounds the wait.
func (d *Demo) Shutdown(ctx context.Context) error {
	var errs []error
	for _, stop := range slices.Backward(d.closers) {
		errs = append(errs, stop(ctx))
	}
	d.closers = nil
	d.endTracing(ctx)
	return errors.Join(errs...)
}

// exportTimeout bounds the export of the last spans: a receiver that is away must not hold the demo.
const exportTimeout = 3 * time.Second

// endTracing exports what waits, all parts at once. That a receiver does not take it is told, but no reason to fail.
func (d *Demo) endTracing(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	var ending sync.WaitGroup
	for _, p := range d.tracing {
		ending.Go(func() {
			if err := p.Shutdown(ctx); err != nil {
				d.log.Error("spans lost at the end", zap.Error(err))
			}
		})
	}
	ending.Wait()
	d.tracing = nil
}

// onClose has stop run at Shutdown.
func (d *Demo) onClose(stop func(context.Context) error) { d.closers = append(d.closers, stop) }

// say reports progress.
func (d *Demo) say(part, format string, args ...any) {
	if d.cfg.Progress == nil {
		return
	}
	fmt.Fprintf(d.cfg.Progress, "  %-12s %-52s %5d ms\n", part, fmt.Sprintf(format, args...), time.Since(d.started).Milliseconds())
}

// openFolder makes the temporary folder of the brokers' stores.
func (d *Demo) openFolder(context.Context) error {
	dir, err := os.MkdirTemp("", "plume-demo-")
	if err != nil {
		return fmt.Errorf("folder for the brokers' stores: %w", err)
	}
	d.dir = dir
	d.onClose(func(context.Context) error { return os.RemoveAll(dir) })
	return nil
}

func (d *Demo) folder(broker string) string { return filepath.Join(d.dir, broker) }

// component is a server's source of spans, at the level of detail that all parts share.
func (d *Demo) component(p *telemetry.Providers, service string) *observ.Component {
	c := observ.NewControlled(p.TracerProvider(), d.control)
	c.SendEvents(d.log.Named(service), true)
	return c
}

// providers is one service's tracing: into the store, and over OTLP where somebody asked for that.
func (d *Demo) providers(ctx context.Context, service string, more telemetry.Options) (*telemetry.Providers, error) {
	more.ServiceName, more.PinServiceName, more.ServiceInstanceID = service, true, service
	more.BatchDelay = d.cfg.BatchDelay
	more.Exporters = append(more.Exporters, d.store.Exporter())
	if d.cfg.ownReceiver() {
		more.InProcessOnly = true
	} else {
		more.OTLPEndpoint = cmp.Or(d.cfg.Forward, d.cfg.OTLPEndpoint)
	}
	p, err := telemetry.Setup(ctx, more)
	if err != nil {
		return nil, fmt.Errorf("tracing of %s: %w", service, err)
	}
	d.tracing = append(d.tracing, p)
	return p, nil
}
