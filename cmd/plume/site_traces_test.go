package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// siteOf serves the site with a file's traces until the test ends.
func siteOf(t *testing.T, traces string, more ...string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs safeBuffer
	done := make(chan int, 1)
	args := append([]string{"site", "--listen", "127.0.0.1:0", "--otlp-grpc", "", "--otlp-http", "", "--traces", traces}, more...)
	go func() { done <- run(ctx, args, &out, &errs) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("site: %d %s", code, errs.String())
		}
	})
	return waitFor(t, &out, `site: (http://\S+),`)
}

// What a site shows is saved, shown again by another, and exported.
func TestTracesGoThroughAFile(t *testing.T) {
	spans, err := tracetest.Parse(tracetest.ColdSend, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(spans)
	var file bytes.Buffer
	if _, err := store.Save(&file); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.jsonl"), filepath.Join(dir, "second.jsonl")
	if err := os.WriteFile(first, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := plume(t, "site", "save", second, "--site", siteOf(t, first)); code != exitOK || !strings.Contains(out, "KiB in "+second) {
		t.Fatalf("save: %d %s%s", code, out, errs)
	}
	if saved, err := os.ReadFile(second); err != nil || !bytes.Equal(saved, file.Bytes()) {
		t.Errorf("%v: saved\n%s\nshown was\n%s", err, saved, file.Bytes())
	}
	public := filepath.Join(dir, "public")
	if code, out, errs := plume(t, "site", "export", public, "--traces", second); code != exitOK || !strings.Contains(errs, second+": 2 traces") {
		t.Fatalf("export: %d %s%s", code, out, errs)
	}
	front, err := os.ReadFile(filepath.Join(public, "index.html"))
	if err != nil || !strings.Contains(string(front), "send TopicTest") {
		t.Errorf("the export's front page: %v", err)
	}
}

func TestTracesThatCannotBeHad(t *testing.T) {
	dir := t.TempDir()
	bad, empty := filepath.Join(dir, "bad.jsonl"), filepath.Join(dir, "empty.jsonl")
	for file, text := range map[string]string{bad: "not JSON", empty: "{}"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(kind, text string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(text))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	out := filepath.Join(dir, "out.jsonl")
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitFailed, "no such file", []string{"site", "--traces", filepath.Join(dir, "none")}},
		{exitFailed, bad + ": not a file of traces", []string{"site", "--traces", bad}},
		{exitFailed, bad + ": not a file of traces", []string{"site", "export", filepath.Join(dir, "public"), "--traces", bad}},
		{exitFailed, empty + ": not a file of traces as OTLP has them in JSON: there is no span", []string{"site", "--traces", empty}},
		{exitUsage, "--site nonsense", []string{"site", "save", out, "--site", "nonsense"}},
		{exitUsage, "accepts 1 arg", []string{"site", "save"}},
		{exitFailed, "start one with: plume demo", []string{"site", "save", out, "--site", "http://" + "127.0.0.1:1"}},
		{exitFailed, `"text/html"`, []string{"site", "save", out, "--site", answer("text/html", "hello")}},
		{exitFailed, "there are no traces yet", []string{"site", "save", out, "--site", answer("application/x-ndjson", "")}},
	} {
		code, said, errs := plume(t, c.args...)
		if code != c.code || !strings.Contains(said+errs, c.want) {
			t.Errorf("plume %v: %d, want %d and %q in:\n%s%s", c.args, code, c.code, c.want, said, errs)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*out*")); err != nil || len(left) > 0 {
		t.Errorf("a save that failed leaves %v %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".plume*")); err != nil || len(left) > 0 {
		t.Errorf("a save that failed leaves %v %v", left, err)
	}
}
