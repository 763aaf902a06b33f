package observatory

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// Config says where an observatory listens. Addresses are host:port; port 0 picks a free one.
type Config struct {
	Site     string   // of the pages, the query API and /metrics
	OTLPGRPC string   // empty: no receiver over gRPC
	OTLPHTTP string   // empty: no receiver over HTTP
	Forward  string   // OTLP/gRPC receiver that gets every span, too; empty: none
	Hosts    []string // host names that the site answers to, beside localhost

	// StoreBytes bounds the memory of the trace store; 0 means 32 MiB.
	StoreBytes int
	// Logger hears what goes wrong; nil is silent.
	Logger *zap.Logger
}

// Observatory is the running site. Start it once; its methods may be called concurrently after that.
type Observatory struct {
	cfg   Config
	log   *zap.Logger
	store *tracestore.Store

	forward            *tracestore.Forwarder // nil: none
	site, otlpG, otlpH net.Addr              // nil: does not listen
	closers            []func(context.Context) error
}

// New makes an observatory that does not listen yet.
func New(cfg Config) *Observatory {
	o := &Observatory{cfg: cfg, log: cfg.Logger, store: tracestore.New(tracestore.Config{MaxBytes: cfg.StoreBytes})}
	if o.log == nil {
		o.log = zap.NewNop()
	}
	return o
}

// Store holds the traces.
func (o *Observatory) Store() *tracestore.Store { return o.store }

// URL is the front page.
func (o *Observatory) URL() string { return "http://" + o.site.String() }

// Receivers are the addresses that take spans, over gRPC and over HTTP; nil where there is none.
func (o *Observatory) Receivers() (grpc, http net.Addr) { return o.otlpG, o.otlpH }

// Start listens. After an error nothing is left running.
func (o *Observatory) Start(ctx context.Context) error {
	for _, stage := range []func(context.Context) error{o.startForwarder, o.startGRPC, o.startHTTP, o.startSite} {
		if err := stage(ctx); err != nil {
			return errors.Join(err, o.Shutdown(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

// Shutdown stops listening and passes on what waits, until ctx is done.
func (o *Observatory) Shutdown(ctx context.Context) error {
	var errs []error
	for _, stop := range slices.Backward(o.closers) {
		errs = append(errs, stop(ctx))
	}
	o.closers = nil
	return errors.Join(errs...)
}

func (o *Observatory) onClose(stop func(context.Context) error) { o.closers = append(o.closers, stop) }

func (o *Observatory) startForwarder(context.Context) error {
	if o.cfg.Forward == "" {
		return nil
	}
	f, err := tracestore.NewForwarder(o.cfg.Forward)
	if err != nil {
		return err //nolint:wrapcheck // it says where to
	}
	o.forward = f
	o.onClose(func(ctx context.Context) error {
		err := f.Close(ctx)
		if n := f.Dropped(); n > 0 {
			o.log.Warn("spans were not forwarded", zap.Int64("spans", n))
		}
		return err //nolint:wrapcheck // likewise
	})
	return nil
}

func (o *Observatory) taps() []tracestore.Tap {
	if o.forward == nil {
		return nil
	}
	return []tracestore.Tap{o.forward.Tap}
}

func (o *Observatory) startGRPC(ctx context.Context) error {
	lis, err := listen(ctx, o.cfg.OTLPGRPC, "OTLP over gRPC")
	if lis == nil {
		return err
	}
	o.otlpG = lis.Addr()
	srv := tracestore.NewGRPCServer(o.store, o.taps()...)
	go func() {
		if err := srv.Serve(lis); err != nil {
			o.log.Error("OTLP receiver over gRPC ended", zap.Error(err))
		}
	}()
	o.onClose(func(context.Context) error { srv.Stop(); return nil })
	return nil
}

func (o *Observatory) startHTTP(ctx context.Context) error {
	lis, err := listen(ctx, o.cfg.OTLPHTTP, "OTLP over HTTP")
	if lis == nil {
		return err
	}
	o.otlpH = lis.Addr()
	o.serve(lis, tracestore.OTLPHandler(o.store, o.taps()...), "OTLP receiver over HTTP")
	return nil
}

func (o *Observatory) startSite(ctx context.Context) error {
	cat, err := catalog.Load()
	if err != nil {
		return err //nolint:wrapcheck // it is this binary's own
	}
	book, err := walkthrough.Load(plume.Files, cat)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	tapes, err := tape.Read(plume.Files)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	pages, err := site.New(site.Config{
		Store: o.store, Catalog: cat, Tapes: tapes, Walkthroughs: book, Hosts: o.cfg.Hosts, Logger: o.log.Named("site"),
		Metrics: telemetry.MetricsHandler(telemetry.NewRegistry()),
	})
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	lis, err := listen(ctx, o.cfg.Site, "the site")
	if lis == nil {
		return err
	}
	o.site = lis.Addr()
	o.serve(lis, pages.Handler(), "site")
	return nil
}

// serve serves until Shutdown, which does not wait for streams: they have no end of their own.
func (o *Observatory) serve(lis net.Listener, h http.Handler, what string) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	go func() {
		if err := srv.Serve(lis); !errors.Is(err, http.ErrServerClosed) {
			o.log.Error(what+" ended", zap.Error(err))
		}
	}()
	o.onClose(func(context.Context) error { return srv.Close() })
}

// listen is nil, without an error, where nobody shall listen.
func listen(ctx context.Context, addr, what string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for %s: %w", addr, what, err)
	}
	return lis, nil
}
