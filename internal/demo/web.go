package demo

import (
	"context"
	"errors"
	"syscall"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observatory"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/telemetry"
)

// startSite opens the pages, and the doors for anyone's traced program. A receiver's port that is taken only costs that door.
func (d *Demo) startSite(ctx context.Context) error {
	o := observatory.New(observatory.Config{
		Site: address(d.cfg.SitePort), OTLPGRPC: address(d.cfg.OTLPGRPCPort), OTLPHTTP: address(d.cfg.OTLPHTTPPort), Forward: d.cfg.Forward,
		Pages: site.Config{
			Store: d.store, Detail: d.control, Hosts: d.cfg.SiteHosts, Meter: &meter{}, Sender: d.sender, Faults: d.board, Load: d.load,
			Metrics: telemetry.MetricsHandler(d.metrics),
		},
		Taken: d.doorTaken, Logger: d.log,
	})
	if err := o.Start(ctx); errors.Is(err, syscall.EADDRINUSE) {
		return portError(err, d.cfg.SitePort, "the site", "--site-port")
	} else if err != nil {
		return err //nolint:wrapcheck // it says what for
	}
	d.web = o
	d.onClose(o.Shutdown)
	grpc, http := o.Receivers()
	if grpc != nil {
		d.say("OTLP", "gRPC on %s", grpc)
	}
	if http != nil {
		d.say("OTLP", "HTTP on %s", http)
	}
	if d.cfg.Forward != "" {
		d.say("OTLP", "all spans also go to %s", d.cfg.Forward)
	}
	return nil
}

// doorTaken tells of a receiver that has no port.
func (d *Demo) doorTaken(receiver string, err error) {
	port, flag := d.cfg.OTLPGRPCPort, "--otlp-grpc-port"
	if receiver == observatory.HTTP {
		port, flag = d.cfg.OTLPHTTPPort, "--otlp-http-port"
	}
	d.say("OTLP", "off: %s port %d is in use (%s)", receiver, port, flag)
	d.log.Warn("no OTLP receiver", zap.String("over", receiver), zap.Error(portError(err, port, "OTLP over "+receiver, flag)))
}
