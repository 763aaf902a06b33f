package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/metrics/metricstest"
)

// awaitMetric scrapes addr until a sample of a family is there and positive. Nothing may listen there yet.
func awaitMetric(t *testing.T, addr, family, sample string) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		e, err := metricstest.Scrape("http://" + addr + "/metrics")
		if last = err; err != nil {
			continue
		}
		if v, ok := e.Sum(family, sample, nil); ok && v > 0 {
			if _, ok := e.Value("go_goroutines", nil); !ok {
				t.Errorf("%s: nothing of Go's runtime", addr)
			}
			return
		}
	}
	t.Fatalf("%s: no %s (%v)", addr, sample, last)
}

func TestMetricsAddr(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	names := freeAddr(t)
	ns := serve(t, "namesrv", "--listen", "127.0.0.1:0", "--metrics-addr", names)
	apache := freeAddr(t)
	_, port, err := net.SplitHostPort(apache)
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "broker.conf")
	text := smallBroker + "metricsExporterType=PROM\nmetricsPromExporterPort=" + port + "\n" // on loopback, as the broker itself
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, "broker", "-c", conf, "-n", ns, "--listen", "127.0.0.1:0", "--store", filepath.Join(t.TempDir(), "store"), "--name", "broker-a")
	awaitMetric(t, names, "rocketmq_namesrv_live_brokers", "rocketmq_namesrv_live_brokers")
	if code, _, errs := plume(t, "send", "T", "-b", "x", "-n", ns, "--metrics-addr", "127.0.0.1:0"); code != exitOK || !strings.Contains(errs, "metrics: http://127.0.0.1:") {
		t.Fatalf("send: %d %s", code, errs)
	}
	awaitMetric(t, apache, "rocketmq_messages_in_total", "rocketmq_messages_in_total")

	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if code, _, errs := plume(t, "send", "T", "-b", "x", "-n", ns, "--metrics-addr", busy.Addr().String()); code == exitOK || !strings.Contains(errs, "--metrics-addr") {
		t.Errorf("a busy port: %d %s", code, errs)
	}
}

func TestConsumerMetrics(t *testing.T) {
	ns := cluster(t)
	addr := freeAddr(t)
	done := make(chan string, 1)
	go func() {
		_, _, errs := plume(t, "consume", "T", "-n", ns, "--from", "first", "--count", "2", "--metrics-addr", addr)
		done <- errs
	}()
	if code, _, errs := plume(t, "send", "T", "-b", "x", "-n", ns); code != exitOK {
		t.Fatal(errs)
	}
	awaitMetric(t, addr, "messaging_process_duration_seconds", "messaging_process_duration_seconds_count")
	if code, _, errs := plume(t, "send", "T", "-b", "x", "-n", ns); code != exitOK {
		t.Fatal(errs)
	}
	<-done
}
