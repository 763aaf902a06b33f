package site_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

func TestDetailSelector(t *testing.T) {
	cat, err := catalog.New(plume.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctl := observ.NewControl(observ.Steps)
	s, err := site.New(site.Config{Store: tracestore.New(tracestore.Config{}), Catalog: cat, Detail: ctl, Hosts: []string{"demo.example"}})
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, address string, form url.Values, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Plume-Token", token)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	mustContain(t, do("GET", "http://localhost/steps", nil, "").Body.String(), `action="/detail"`, `<option value="steps" title="every step" selected>`)
	for _, c := range []struct {
		level, back, token string
		code               int
		to                 string
		now                observ.Detail
	}{
		{"deep", "/trace/1?span=2", s.Token(), http.StatusSeeOther, "/trace/1?span=2", observ.Deep},
		{"off", "https://evil.example/", s.Token(), http.StatusSeeOther, "/", observ.Off},
		{"semconv", "//evil.example/x", s.Token(), http.StatusSeeOther, "/", observ.Semconv},
		{"steps", `/\evil.example`, s.Token(), http.StatusSeeOther, "/", observ.Steps},
		{"all", "", s.Token(), http.StatusBadRequest, "", observ.Steps},
		{"deep", "", "wrong", http.StatusForbidden, "", observ.Steps},
	} {
		w := do("POST", "http://demo.example/detail", url.Values{"level": {c.level}, "back": {c.back}}, c.token)
		if w.Code != c.code || w.Header().Get("Location") != c.to || ctl.Detail() != c.now {
			t.Errorf("%s back to %q: %d, to %q, now %v", c.level, c.back, w.Code, w.Header().Get("Location"), ctl.Detail())
		}
	}
	if w := do("GET", "http://demo.example/detail", nil, ""); w.Body.String() != "steps\n" {
		t.Errorf("GET /detail: %s", w.Body)
	}
	f := newFixture(t, "") // without a control
	if w := f.get(t, "/detail"); w.Code != http.StatusNotFound || strings.Contains(f.get(t, "/steps").Body.String(), `action="/detail"`) {
		t.Errorf("without a control: %d", w.Code)
	}
}
