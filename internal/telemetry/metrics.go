package telemetry

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// MetricsHandler serves a registry's metrics, in OpenMetrics with exemplars to whoever asks for it.
func MetricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r, EnableOpenMetrics: true})
}

// MetricsServer serves a registry over HTTP. Close it.
type MetricsServer struct {
	listener net.Listener
	server   *http.Server
}

// ServeMetrics serves r on addr, "host:port", at /metrics and, as Apache's broker does, at every other path too. A port 0 picks a free
// one. log, which may be nil, hears of an end that nobody asked for.
func ServeMetrics(addr string, r *prometheus.Registry, log *zap.Logger) (*MetricsServer, error) {
	if log == nil {
		log = zap.NewNop()
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	s := &MetricsServer{listener: l, server: &http.Server{
		Handler: MetricsHandler(r), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are served no more", zap.Error(err))
		}
	}()
	return s, nil
}

// URL is where the metrics are.
func (s *MetricsServer) URL() string { return "http://" + s.listener.Addr().String() + "/metrics" }

// Close ends the server and its connections.
func (s *MetricsServer) Close() error {
	if err := s.server.Close(); err != nil {
		return fmt.Errorf("stop serving metrics: %w", err)
	}
	return nil
}
