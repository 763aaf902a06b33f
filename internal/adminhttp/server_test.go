package adminhttp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plumemq/plume/internal/adminhttp"
	"github.com/plumemq/plume/internal/observ"
)

func ask(h http.Handler, method, host, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestDetail(t *testing.T) {
	ctl := observ.NewControl(observ.Steps)
	var changes []string
	h := adminhttp.Handler(adminhttp.Config{Control: ctl, Hosts: []string{"broker-a"}, OnChange: func(from, to observ.Detail) {
		changes = append(changes, from.String()+">"+to.String())
	}})
	for _, c := range []struct {
		method, host, path, body string
		code                     int
		want                     string
	}{
		{"GET", "127.0.0.1:8077", "/detail", "", 200, "steps"},
		{"PUT", "localhost:8077", "/detail", "deep\n", 200, "deep"},
		{"PUT", "[::1]:8077", "/detail", "off", 200, "off"},
		{"PUT", "broker-a:8077", "/detail", "off", 200, "off"},
		{"GET", "localhost", "/detail", "", 200, "off"},
		{"PUT", "localhost", "/detail", "all", 400, "want a level as the body: off, semconv, steps or deep"},
		{"PUT", "localhost", "/detail", strings.Repeat("x", 1000), 400, "want a level as the body: off, semconv, steps or deep"},
		{"POST", "localhost", "/detail", "deep", 405, "Method Not Allowed"},
		{"PUT", "evil.example", "/detail", "deep", 403, "this endpoint answers only to this machine's own name"},
		{"GET", "10.0.0.1", "/health", "", 403, "this endpoint answers only to this machine's own name"},
		{"GET", "localhost", "/health", "", 200, "ok"},
		{"GET", "localhost", "/else", "", 404, "404 page not found"},
	} {
		if code, got := ask(h, c.method, c.host, c.path, c.body); code != c.code || got != c.want {
			t.Errorf("%s %s%s %.10q: %d %q, want %d %q", c.method, c.host, c.path, c.body, code, got, c.code, c.want)
		}
	}
	if got := strings.Join(changes, " "); got != "steps>deep deep>off" {
		t.Errorf("changes %s", got)
	}
}

func TestProfiles(t *testing.T) {
	h := adminhttp.Handler(adminhttp.Config{Control: observ.NewControl(observ.Off)})
	for path, want := range map[string]string{
		"/debug/pprof/": "goroutine", "/debug/pprof/heap?debug=1": "heap profile:",
	} {
		if code, got := ask(h, "GET", "localhost", path, ""); code != 200 || !strings.Contains(got, want) {
			t.Errorf("%s: %d %.80q, want %q in it", path, code, got, want)
		}
	}
	if code, _ := ask(h, "GET", "evil.example", "/debug/pprof/", ""); code != 403 {
		t.Errorf("another host's page got %d", code)
	}
}

func TestHealth(t *testing.T) {
	var sick error
	h := adminhttp.Handler(adminhttp.Config{Control: observ.NewControl(observ.Off), Health: func() error { return sick }})
	if code, got := ask(h, "GET", "localhost", "/health", ""); code != 200 || got != "ok" {
		t.Errorf("%d %s", code, got)
	}
	sick = errors.New("it is starting")
	if code, got := ask(h, "GET", "localhost", "/health", ""); code != 503 || got != "it is starting" {
		t.Errorf("%d %s", code, got)
	}
}

func TestListen(t *testing.T) {
	s, err := adminhttp.Listen(t.Context(), "127.0.0.1:0", adminhttp.Config{Control: observ.NewControl(observ.Semconv)})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + s.Addr().String() + "/detail")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "semconv\n" {
		t.Errorf("%q", body)
	}
	if _, err := adminhttp.Listen(t.Context(), s.Addr().String(), adminhttp.Config{}); err == nil {
		t.Error("the port is taken, and it listens all the same")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + s.Addr().String() + "/health"); err == nil {
		t.Error("it answers after its end")
	}
}
