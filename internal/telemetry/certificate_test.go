package telemetry_test

import (
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/telemetry"
)

// secureReceiver is an OTLP receiver over HTTPS, and the file of the certificate that vouches for it. answer is what it does.
func secureReceiver(t *testing.T, answer http.HandlerFunc) (endpoint, certificate string) {
	t.Helper()
	srv := httptest.NewTLSServer(answer)
	t.Cleanup(srv.Close)
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(certificate, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return srv.URL, certificate
}

// A receiver is trusted when OTEL_EXPORTER_OTLP_CERTIFICATE vouches for it, and not otherwise.
func TestCertificateVariable(t *testing.T) {
	for _, signal := range []string{"", "TRACES_"} {
		for _, trusted := range []bool{true, false} {
			clear(t)
			var taken atomic.Int64
			endpoint, certificate := secureReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
				taken.Add(1)
				w.Header().Set("Content-Type", "application/x-protobuf")
			})
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
			if trusted {
				t.Setenv("OTEL_EXPORTER_OTLP_"+signal+"CERTIFICATE", certificate)
			}
			p := setup(t, telemetry.Options{})
			_, span := p.TracerProvider().Tracer("x").Start(t.Context(), "secret")
			span.End()
			_ = p.Shutdown(t.Context()) // an error where the receiver is not trusted
			if got := taken.Load() > 0; got != trusted {
				t.Errorf("%sCERTIFICATE set %v: arrived %v", signal, trusted, got)
			}
		}
	}
}

// OTEL_EXPORTER_OTLP_TIMEOUT ends a request that a receiver does not answer.
func TestTimeoutVariable(t *testing.T) {
	clear(t)
	began, ended := time.Now(), make(chan time.Time, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // from here on the server hears when the client hangs up
		<-r.Context().Done()
		select {
		case ended <- time.Now():
		default: // a request that was tried again
		}
	}))
	defer srv.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", srv.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "50")
	p := setup(t, telemetry.Options{})
	_, span := p.TracerProvider().Tracer("x").Start(t.Context(), "unheard")
	span.End()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = p.Shutdown(ctx) // it would try again until ctx ends
	}()
	if took := (<-ended).Sub(began); took > 5*time.Second { // the default is 10 s
		t.Errorf("the request ended after %s", took)
	}
	cancel()
	<-gone
}
