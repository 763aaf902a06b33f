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

// Config says where an observatory listens, and what it shows. Addresses are host:port; port 0 picks a free one.
type Config struct {
	Site     string // of the pages, the query API and /metrics
	OTLPGRPC string // empty: no receiver over gRPC
	OTLPHTTP string // empty: no receiver over HTTP
	Forward  string // OTLP/gRPC receiver that gets every span, too; empty: none

	// Pages is what the site shows beside the project itself, and the store that it shows; the observatory fills in the rest. No Metrics
	// means those of Go's runtime.
	Pages site.Config
	// Taken hears of a receiver, GRPC or HTTP, that cannot listen, and stays away. When nil, Start fails.
	Taken func(receiver string, err error)
	// Logger hears what goes wrong; nil is silent.
	Logger *zap.Logger
}

// The kinds of receivers.
const (
	GRPC = "gRPC"
	HTTP = "HTTP"
)

// exportTimeout bounds the passing on of the last spans: a receiver that is away must not hold the site.
const exportTimeout = 3 * time.Second

// Observatory is the running site. Start it once; its methods may be called concurrently after that.
type Observatory struct {
	cfg   Config
	log   *zap.Logger
	store *tracestore.Store

	taps               []tracestore.Tap
	token              string
	site, otlpG, otlpH net.Addr // nil: does not listen
	closers            []func(context.Context) error
}

// New makes an observatory that does not listen yet.
func New(cfg Config) *Observatory {
	o := &Observatory{cfg: cfg, log: cfg.Logger, store: cfg.Pages.Store}
	if o.log == nil {
		o.log = zap.NewNop()
	}
	return o
}

// Pages is what the site shows, all of it once it has started.
func (o *Observatory) Pages() site.Config { return o.cfg.Pages }

// Token lets who knows it use the site's control bar; see site.Site.Token.
func (o *Observatory) Token() string { return o.token }

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
	o.taps = []tracestore.Tap{f.Tap}
	o.onClose(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, exportTimeout)
		defer cancel()
		err := f.Close(ctx)
		if n := f.Dropped(); n > 0 {
			o.log.Warn("spans were not forwarded", zap.Int64("spans", n))
		}
		return err //nolint:wrapcheck // likewise
	})
	return nil
}

func (o *Observatory) startGRPC(ctx context.Context) error {
	lis, err := o.receiver(ctx, o.cfg.OTLPGRPC, GRPC)
	if lis == nil {
		return err
	}
	o.otlpG = lis.Addr()
	srv := tracestore.NewGRPCServer(o.store, o.taps...)
	go func() {
		if err := srv.Serve(lis); err != nil {
			o.log.Error("OTLP receiver over gRPC ended", zap.Error(err))
		}
	}()
	o.onClose(func(context.Context) error { srv.Stop(); return nil })
	return nil
}

func (o *Observatory) startHTTP(ctx context.Context) error {
	lis, err := o.receiver(ctx, o.cfg.OTLPHTTP, HTTP)
	if lis == nil {
		return err
	}
	o.otlpH = lis.Addr()
	o.serve(lis, tracestore.OTLPHandler(o.store, o.taps...), "OTLP receiver over HTTP")
	return nil
}

// receiver listens for spans; see Config.Taken.
func (o *Observatory) receiver(ctx context.Context, addr, kind string) (net.Listener, error) {
	lis, err := listen(ctx, addr, "OTLP over "+kind)
	if err != nil && o.cfg.Taken != nil {
		o.cfg.Taken(kind, err)
		return nil, nil
	}
	return lis, err
}

// describe has the pages show the project as it is in this binary.
func (o *Observatory) describe() (err error) {
	p := &o.cfg.Pages
	p.Logger = o.log.Named("site")
	if p.Metrics == nil {
		p.Metrics = telemetry.MetricsHandler(telemetry.NewRegistry())
	}
	if p.Catalog, err = catalog.Load(); err != nil {
		return err //nolint:wrapcheck // it is this binary's own
	}
	if p.Walkthroughs, err = walkthrough.Load(plume.Files, p.Catalog); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	p.Tapes, err = tape.Read(plume.Files)
	return err //nolint:wrapcheck // likewise
}

func (o *Observatory) startSite(ctx context.Context) error {
	if err := o.describe(); err != nil {
		return err
	}
	pages, err := site.New(o.cfg.Pages)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	lis, err := listen(ctx, o.cfg.Site, "the site")
	if lis == nil {
		return err
	}
	o.site, o.token = lis.Addr(), pages.Token()
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
