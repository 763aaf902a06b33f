package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// safeBuffer is written by a command and read by its test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// plume runs one command to its end.
func plume(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out, errs safeBuffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

var listening = regexp.MustCompile(`listening on (\S+?),?\s`)

// serve runs a server until the test ends and returns its address.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs safeBuffer
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, &out, &errs) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("plume %v ended with %d: %s", args, code, errs.String())
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if m := listening.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
		select {
		case code := <-done:
			done <- code
			t.Fatalf("plume %v ended with %d: %s", args, code, errs.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("plume %v does not listen: %s%s", args, out.String(), errs.String())
		}
	}
}

// smallBroker is the configuration of a broker that takes little room. It has sends wait for as long as a loaded machine keeps them
// waiting: the default of 200 ms is not what these tests are about.
const smallBroker = "mappedFileSizeCommitLog=16777216\nmaxHashSlotNum=10000\nmaxIndexNum=40000\ndiskMaxUsedSpaceRatio=95\n" +
	"waitTimeMillsInSendQueue=10000\n"

// cluster runs a name server and a broker and returns the name server's address.
func cluster(t *testing.T) string {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	conf := filepath.Join(t.TempDir(), "broker.conf")
	text := smallBroker + "noSuchKey=1\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ns := serve(t, "namesrv", "--listen", "127.0.0.1:0")
	serve(t, "broker", "-c", conf, "-n", ns, "--listen", "127.0.0.1:0", "--store", filepath.Join(t.TempDir(), "store"), "--name", "broker-a")
	return ns
}

func TestSendConsumeBench(t *testing.T) {
	ns := cluster(t)
	for _, mode := range sendModes {
		if code, out, errs := plume(t, "send", "T", "-n", ns, "-b", mode+" {n}", "--count", "2", "-t", "tag-"+mode, "-k", "k1 k2", "-p", "mode="+mode, "--mode", mode); code != exitOK || strings.Count(out, "\n") != 2 {
			t.Fatalf("send: %d %q %s", code, out, errs)
		}
	}
	code, out, errs := plume(t, "consume", "T", "-n", ns, "--from", "first", "--tags", "tag-sync || tag-async", "--count", "4", "--format", "json")
	if code != exitOK {
		t.Fatalf("consume: %d %s", code, errs)
	}
	bodies := make(map[string]bool)
	for line := range strings.Lines(out) {
		var m printedMessage
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Topic != "T" || m.Broker != "broker-a" || m.Properties["KEYS"] != "k1 k2" {
			t.Errorf("%v %s", err, line)
		}
		bodies[m.Body] = true
	}
	for _, want := range []string{"sync 1", "sync 2", "async 1", "async 2"} {
		if !bodies[want] {
			t.Errorf("%q was not consumed: %v", want, bodies)
		}
	}
	for _, mode := range sendModes {
		code, out, errs := plume(t, "bench", "-n", ns, "--mode", mode, "--duration", "1100ms", "--warmup", "0s", "--in-flight", "3", "--json")
		var s benchSummary
		if err := json.Unmarshal([]byte(out), &s); code != exitOK || err != nil || s.Sent == 0 || s.Failed != 0 || s.P50Micros == 0 {
			t.Errorf("bench: %d %v %s%s", code, err, out, errs)
		}
		if !strings.Contains(errs, "   1s ") {
			t.Errorf("no progress after a second: %q", errs)
		}
	}
	if code, out, errs := plume(t, "health", "namesrv", "--addr", ns, "--brokers", "1"); code != exitOK || !strings.Contains(out, "1 brokers") {
		t.Errorf("health: %d %s%s", code, out, errs)
	}
	if code, _, errs := plume(t, "health", "namesrv", "--addr", ns, "--brokers", "2"); code != exitFailed || !strings.Contains(errs, "want 2") {
		t.Errorf("health: %d %s", code, errs)
	}
}

func TestUnknownTopic(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ns := serve(t, "namesrv", "--listen", "127.0.0.1:0")
	code, _, errs := plume(t, "send", "Nobodys", "-n", ns, "-b", "x")
	if code != exitUnknownTopic || !strings.Contains(errs, "autoCreateTopicEnable") || !strings.Contains(errs, "is a broker registered") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestPortInUse(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, args := range [][]string{{"namesrv"}, {"broker", "--store", t.TempDir()}} {
		code, _, errs := plume(t, append(args, "--listen", l.Addr().String())...)
		if code != exitFailed || !strings.Contains(errs, l.Addr().String()) || !strings.Contains(errs, "--listen") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
}

func TestExitCodes(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
	free.Close()
	t.Setenv("HOME", t.TempDir())
	for _, c := range []struct {
		code int
		want string // in the output
		args []string
	}{
		{exitOK, "plume ", []string{"version"}},
		{exitOK, "Examples:", []string{"help"}},
		{exitOK, "plume send TopicTest", []string{"send", "--help"}},
		{exitOK, "bash completion", []string{"completion", "bash"}},
		{exitUsage, "unknown command", []string{"sned"}},
		{exitUsage, "unknown flag", []string{"send", "--nope"}},
		{exitUsage, "want plume send TOPIC", []string{"send"}},
		{exitUsage, "see plume send --help", []string{"send", "--nope"}},
		{exitUsage, "see plume --help", []string{"--nope"}},
		{exitUsage, "either -b or -f", []string{"send", "T"}},
		{exitUsage, "either -b or -f", []string{"send", "T", "-b", "x", "-f", "y"}},
		{exitUsage, "--mode fast", []string{"send", "T", "-b", "x", "--mode", "fast"}},
		{exitUsage, "--trace-level much", []string{"namesrv", "--trace-level", "much"}},
		{exitUsage, "--sample-ratio 2", []string{"namesrv", "--sample-ratio", "2"}},
		{exitUsage, "--sample-ratio -0.5", []string{"namesrv", "--sample-ratio", "-0.5"}},
		{exitUsage, "--sample-ratio NaN", []string{"namesrv", "--sample-ratio", "NaN"}},
		{exitUsage, "--sample-run 0", []string{"namesrv", "--sample-run", "0"}},
		{exitUsage, "--log-level", []string{"namesrv", "--log-level", "loud"}},
		{exitUsage, "--listen nonsense", []string{"namesrv", "--listen", "nonsense"}},
		{exitUsage, "--from yesterday", []string{"consume", "T", "--from", "yesterday"}},
		{exitUsage, "--format xml", []string{"consume", "T", "--format", "xml"}},
		{exitUsage, "--rate -1", []string{"send", "T", "-b", "x", "--rate", "-1"}},
		{exitUsage, "either --count or --forever", []string{"send", "T", "-b", "x", "--forever", "--count", "3"}},
		{exitUsage, "--create-queues -1", []string{"send", "T", "-b", "x", "--create-queues", "-1"}},
		{exitUsage, "no broker given", []string{"chaos"}},
		{exitUsage, "--for 1m0s", []string{"chaos", "--brokers", "x:1", "--for", "1m"}},
		{exitUsage, "--store-mb 0", []string{"site", "--store-mb", "0"}},
		{exitUsage, "--in-flight 0", []string{"bench", "--in-flight", "0"}},
		{exitFailed, "no-such.conf", []string{"broker", "-c", "no-such.conf"}},
		{exitUnreachable, nobody, []string{"send", "T", "-b", "x", "-n", nobody}},
		{exitUnreachable, nobody, []string{"consume", "T", "-n", nobody}},
		{exitUnreachable, nobody, []string{"bench", "-n", nobody}},
		{exitUnreachable, nobody, []string{"health", "broker", "--addr", nobody}},
	} {
		code, out, errs := plume(t, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("plume %v: %d, want %d and %q in:\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
	}
}

func TestBadConf(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "bad.conf")
	if err := os.WriteFile(conf, []byte("listenPort=many\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"namesrv", "broker"} {
		code, _, errs := plume(t, command, "-c", conf)
		if code != exitFailed || !strings.Contains(errs, "listenPort") || !strings.Contains(errs, conf) {
			t.Errorf("%s: %d %s", command, code, errs)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 999.4: "999", 999.5: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%v: got %s", n, got)
		}
	}
}

// The site alone takes what a producer that sends for ever exports, and answers its health check.
func TestSiteAloneAndForever(t *testing.T) {
	ns := cluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs safeBuffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"site", "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", ""}, &out, &errs)
	}()
	site := waitFor(t, &out, `site: (http://\S+),`)
	otlp := waitFor(t, &out, `over gRPC on (\S+),`)
	if code, _, errs := plume(t, "health", "http", site+"/api/services"); code != exitOK {
		t.Errorf("health: %d %s", code, errs)
	}
	if code, _, errs := plume(t, "health", "http", site+"/nowhere"); code != exitFailed || !strings.Contains(errs, "404") {
		t.Errorf("health: %d %s", code, errs)
	}
	sendCtx, stop := context.WithCancel(t.Context())
	var sent, sendErrs safeBuffer
	sending := make(chan int, 1)
	go func() {
		sending <- run(sendCtx, []string{"send", "T", "-n", ns, "-b", "{n}", "--forever", "--rate", "200", "--mode", "mix", "--create-queues", "3", "--otlp-endpoint", otlp}, &sent, &sendErrs)
	}()
	waitFor(t, &sent, `(sending to T)`)
	stop()
	if code := <-sending; code != exitOK {
		t.Errorf("send: %d %s", code, sendErrs.String())
	}
	deadline := time.Now().Add(20 * time.Second)
	for !hasService(t, site, "plume-send") {
		if time.Now().After(deadline) {
			t.Fatal("the site has no span of the producer")
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("site: %d %s", code, errs.String())
	}
}

// waitFor waits for a command to print what a pattern wants, and returns its first group.
func waitFor(t *testing.T, out *safeBuffer, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if m := re.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s in %q", pattern, out.String())
		}
	}
}

func hasService(t *testing.T, site, name string) bool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(site + "/api/services")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(body), name)
}
