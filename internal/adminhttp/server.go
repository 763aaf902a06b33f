package adminhttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/observ"
)

// Config says what the endpoint shows.
type Config struct {
	// Control is the level of detail. Needed.
	Control *observ.Control
	// Health says what is wrong with the program; nil means that nothing ever is.
	Health func() error
	// Hosts are names to answer to, beside localhost and loopback addresses; "*" is any.
	Hosts []string
	// OnChange hears of every change of the level; nil for none.
	OnChange func(from, to observ.Detail)
}

// Handler is the endpoint.
func Handler(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", cfg.health)
	mux.HandleFunc("GET /detail", cfg.detail)
	mux.HandleFunc("PUT /detail", cfg.setDetail)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if !cfg.knows(r.Host) {
			http.Error(w, "this endpoint answers only to this machine's own name", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// knows says whether a request's Host, with or without a port, is one to answer to.
func (c *Config) knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if name == "localhost" || slices.Contains(c.Hosts, name) || slices.Contains(c.Hosts, "*") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

func (c *Config) health(w http.ResponseWriter, _ *http.Request) {
	if c.Health != nil {
		if err := c.Health(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = io.WriteString(w, "ok\n")
}

func (c *Config) detail(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, c.Control.Detail().String()+"\n")
}

// maxBody is more than any level's name.
const maxBody = 64

func (c *Config) setDetail(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "want a level as the body: off, semconv, steps or deep", http.StatusBadRequest)
		return
	}
	level, ok := observ.ParseDetail(strings.TrimSpace(string(body)))
	if !ok {
		http.Error(w, "want a level as the body: off, semconv, steps or deep", http.StatusBadRequest)
		return
	}
	before := c.Control.Detail()
	c.Control.SetDetail(level)
	if c.OnChange != nil && before != level {
		c.OnChange(before, level)
	}
	c.detail(w, r)
}

// Server serves the endpoint until Close.
type Server struct {
	http *http.Server
	addr net.Addr
	done chan struct{}
}

// Listen starts to serve on an address, "host:port"; port 0 picks a free one.
func Listen(ctx context.Context, addr string, cfg Config) (*Server, error) {
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("admin endpoint: %w", err)
	}
	s := &Server{
		http: &http.Server{Handler: Handler(cfg), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute},
		addr: lis.Addr(), done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(lis) // it ends at Close
	}()
	return s, nil
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.addr }

// Close ends it, with whoever is being served.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err //nolint:wrapcheck // nothing to add
}
