package main

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

func call(t *testing.T, method, address, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// Every server's level can be asked and changed while it runs.
func TestAdminEndpoint(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, args := range [][]string{
		{"namesrv", "--listen", "127.0.0.1:0", "--trace-level", "semconv"},
		{"broker", "--listen", "127.0.0.1:0", "--store", filepath.Join(t.TempDir(), "store"), "--trace-level", "semconv"},
	} {
		admin := freeAddr(t)
		serve(t, append(args, "--admin-addr", admin)...)
		for _, c := range []struct {
			method, path, body string
			code               int
			want               string
		}{
			{"GET", "/health", "", 200, "ok"}, {"GET", "/detail", "", 200, "semconv"}, {"PUT", "/detail", "deep", 200, "deep"},
			{"GET", "/detail", "", 200, "deep"}, {"PUT", "/detail", "most", 400, "want a level as the body: off, semconv, steps or deep"},
		} {
			if code, got := call(t, c.method, "http://"+admin+c.path, c.body); code != c.code || got != c.want {
				t.Errorf("%s: %s %s %s: %d %q", args[0], c.method, c.path, c.body, code, got)
			}
		}
	}
}

func TestAdminEndpointThatCannotBe(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	if code, _, errs := plume(t, "namesrv", "--listen", "127.0.0.1:0", "--admin-addr", lis.Addr().String()); code != exitFailed || !strings.Contains(errs, "--admin-addr") {
		t.Errorf("port taken: %d %s", code, errs)
	}
	if code, _, errs := plume(t, "namesrv", "--admin-addr", "8077"); code != exitUsage || !strings.Contains(errs, "--admin-addr") {
		t.Errorf("no address: %d %s", code, errs)
	}
	if code, _, errs := plume(t, "demo", "--trace-level", "off"); code != exitUsage || !strings.Contains(errs, "--trace-level") {
		t.Errorf("demo without traces: %d %s", code, errs)
	}
}
