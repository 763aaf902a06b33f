package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/race"
	"github.com/plumemq/plume/internal/tracestore"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// freePorts is a configuration that disturbs nobody, and whose brokers are as patient as these tests are with a loaded machine.
func freePorts() demo.Config {
	return demo.Config{BatchDelay: 20 * time.Millisecond, SendWait: patience}
}

func start(t *testing.T, cfg demo.Config) *demo.Demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	d, err := demo.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return d
}

// await polls the store until find has found a trace.
func await(t *testing.T, d *demo.Demo, what string, find func(*tracestore.Trace) bool) *tracestore.Trace {
	t.Helper()
	sub := d.Store().Subscribe()
	defer sub.Close()
	limit := time.After(patience)
	for {
		for _, sum := range d.Store().List(tracestore.Filter{Limit: 1000}) {
			if trace, ok := d.Store().Trace(sum.ID); ok && find(trace) {
				return trace
			}
		}
		select {
		case <-sub.Ready():
			sub.Take()
		case <-limit:
			t.Fatalf("no %s in the store", what)
		}
	}
}

func TestAFinishedTraceStandsInTheStoreSoon(t *testing.T) {
	began := time.Now()
	t.Setenv("TMPDIR", t.TempDir())
	cfg := freePorts()
	var progress bytes.Buffer
	cfg.Progress = &progress
	d := start(t, cfg)
	cold := await(t, d, "whole cold send", func(tr *tracestore.Trace) bool {
		return tr.Complete && tr.Root.Step() == "producer.send" && tr.ByStep("namesrv.pickupTopicRouteData") != nil && tr.ByStep("consumer.process") != nil
	})
	if took := time.Since(began); took > 3*time.Second && !race.Enabled {
		t.Errorf("it took %v", took)
	}
	if len(cold.Spans) < 25 {
		t.Errorf("%d spans, want at least 25", len(cold.Spans))
	}
	for _, service := range []string{"producer", "namesrv", "consumer"} {
		if !cold.Has(service) {
			t.Errorf("%s is not in the trace: %v", service, cold.Services)
		}
	}
	if from := d.Store().LinkedFrom(cold.ID); len(from) == 0 {
		t.Error("no reput is linked to the send")
	}
	await(t, d, "fallback to TBW102", func(tr *tracestore.Trace) bool {
		return strings.HasPrefix(tr.Root.Name, "send Unheard-of-") && !tr.Root.Failed
	})
	if text := progress.String(); !strings.Contains(text, "broker-b") || !strings.Contains(text, "8 queues assigned") {
		t.Errorf("progress:\n%s", text)
	}
}

var token = regexp.MustCompile(`data-token="([A-Z0-9]+)"`)

func TestTheSiteSendsInEveryMode(t *testing.T) {
	d := start(t, freePorts())
	page := get(t, d.URL()+"/")
	found := token.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page has no token")
	}
	for _, mode := range []string{"sync", "async", "oneway", "newtopic", "batch", "queue"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL()+"/send", strings.NewReader(url.Values{"mode": {mode}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Plume-Token", found[1])
		r.Header.Set("Accept", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"error":""`) {
			t.Errorf("%s: %d %s", mode, resp.StatusCode, body)
			continue
		}
		id, ok := tracestore.ParseTraceID(regexp.MustCompile(`"trace":"([0-9a-f]+)"`).FindStringSubmatch(string(body))[1])
		if !ok {
			t.Fatalf("%s: %s", mode, body)
		}
		await(t, d, mode+" trace", func(tr *tracestore.Trace) bool {
			return tr.ID == id && tr.Complete && tr.Root.Step() == "producer.send" && tr.ByStep("mappedfile.appendMessage") != nil
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", address, resp.StatusCode, err)
	}
	http.DefaultClient.CloseIdleConnections()
	return string(body)
}

func TestJaegerAndMetricsAreServed(t *testing.T) {
	d := start(t, freePorts())
	if got := get(t, d.URL()+"/api/services"); !strings.Contains(got, `"broker-a"`) {
		t.Errorf("services: %s", got)
	}
	if got := get(t, d.URL()+"/metrics"); !strings.Contains(got, "go_goroutines") {
		t.Errorf("metrics: %.200s", got)
	}
}

func TestABusyPortIsNamedWithItsFlag(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	port := lis.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	for flag, set := range map[string]func(*demo.Config){
		"--namesrv-port":  func(c *demo.Config) { c.NamesrvPort = port },
		"--broker-a-port": func(c *demo.Config) { c.BrokerAPort = port },
		"--broker-b-port": func(c *demo.Config) { c.BrokerBPort = port },
		"--site-port":     func(c *demo.Config) { c.SitePort = port },
	} {
		cfg := freePorts()
		set(&cfg)
		_, err := demo.Start(t.Context(), cfg)
		if !errors.Is(err, demo.ErrPortBusy) || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

func TestABusyReceiverPortOnlyTurnsTheReceiverOff(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	cfg := freePorts()
	cfg.OTLPGRPCPort = lis.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	cfg.OTLPHTTPPort = -1
	var progress bytes.Buffer
	cfg.Progress = &progress
	start(t, cfg)
	if text := progress.String(); !strings.Contains(text, "off: gRPC port") || !strings.Contains(text, "--otlp-grpc-port") {
		t.Errorf("progress:\n%s", text)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	d, err := demo.Start(t.Context(), freePorts())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "plume-demo-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
