package demo

import (
	"context"
	"errors"
	"net"
	"net/http"
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

// startReceivers opens the doors for anyone's traced program. A port that is taken only costs that door.
func (d *Demo) startReceivers(context.Context) error {
	taps, err := d.startForwarder()
	if err != nil {
		return err
	}
	if lis := d.receiverPort(d.cfg.OTLPGRPCPort, "gRPC", "--otlp-grpc-port"); lis != nil {
		srv := tracestore.NewGRPCServer(d.store, taps...)
		go func() {
			if err := srv.Serve(lis); err != nil {
				d.log.Warn("OTLP receiver over gRPC ended", zap.Error(err))
			}
		}()
		d.onClose(func(context.Context) error { srv.Stop(); return nil })
		d.say("OTLP", "gRPC on %s", lis.Addr())
	}
	if lis := d.receiverPort(d.cfg.OTLPHTTPPort, "HTTP", "--otlp-http-port"); lis != nil {
		d.serve(lis, newServer(tracestore.OTLPHandler(d.store, taps...)), "OTLP receiver over HTTP")
		d.say("OTLP", "HTTP on %s", lis.Addr())
	}
	return nil
}

// startForwarder passes on what the receivers take in, where that is asked for.
func (d *Demo) startForwarder() ([]tracestore.Tap, error) {
	if d.cfg.Forward == "" {
		return nil, nil
	}
	f, err := tracestore.NewForwarder(d.cfg.Forward)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says where to
	}
	d.forward = f
	d.onClose(func(ctx context.Context) error {
		err := f.Close(ctx)
		if n := f.Dropped(); n > 0 {
			d.log.Warn("spans of others were not forwarded", zap.Int64("spans", n))
		}
		return err //nolint:wrapcheck // likewise
	})
	d.say("OTLP", "all spans also go to %s", d.cfg.Forward)
	return []tracestore.Tap{f.Tap}, nil
}

// receiverPort listens, or warns and returns nil.
func (d *Demo) receiverPort(port int, kind, flag string) net.Listener {
	if port < 0 {
		return nil
	}
	lis, err := listen(port)
	if err != nil {
		d.say("OTLP", "off: %s port %d is in use (%s)", kind, port, flag)
		d.log.Warn("no OTLP receiver", zap.String("over", kind), zap.Error(portError(err, port, "OTLP over "+kind, flag)))
		return nil
	}
	return lis
}

func (d *Demo) startSite(context.Context) error {
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
	d.pages = site.Config{
		Detail: d.control, Hosts: d.cfg.SiteHosts,
		Store: d.store, Catalog: cat, Tapes: tapes, Walkthroughs: book, Meter: &meter{}, Sender: d.sender, Faults: d.board, Load: d.load,
		Logger:  d.log.Named("site"),
		Metrics: telemetry.MetricsHandler(d.metrics),
	}
	pages, err := site.New(d.pages)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	lis, err := listen(d.cfg.SitePort)
	if err != nil {
		return portError(err, d.cfg.SitePort, "the site", "--site-port")
	}
	d.serve(lis, newServer(pages.Handler()), "site")
	d.url, d.token = "http://"+lis.Addr().String(), pages.Token()
	return nil
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
}

// serve serves until Shutdown, which does not wait for streams: they have no end of their own.
func (d *Demo) serve(lis net.Listener, srv *http.Server, what string) {
	go func() {
		if err := srv.Serve(lis); !errors.Is(err, http.ErrServerClosed) {
			d.log.Error(what+" ended", zap.Error(err))
		}
	}()
	d.onClose(func(context.Context) error { return srv.Close() })
}
