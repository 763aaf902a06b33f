package site_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// sender pretends to send: each send "makes" the same trace.
type sender struct{ sent []string }

func (s *sender) Modes() []site.Mode {
	return []site.Mode{
		{ID: "sync", Label: catalog.Text{EN: "Sync", ZH: "同步"}, Look: catalog.Text{EN: "The caller waits.", ZH: "调用方等着。"}},
		{ID: "async", Label: catalog.Text{EN: "Async", ZH: "异步"}, Look: catalog.Text{EN: "The caller does not.", ZH: "调用方不等。"}},
	}
}

func (s *sender) Send(_ context.Context, mode string) (string, error) {
	s.sent = append(s.sent, mode)
	return "00000000000000000000000000000001", nil
}

// fixture is a site over traces written as text.
type fixture struct {
	*site.Site
	store   *tracestore.Store
	catalog *catalog.Catalog
	sender  *sender
}

func newFixture(t *testing.T, traces string) *fixture {
	t.Helper()
	ops := []*observ.Op{
		observ.Define(observ.Op{
			ID: "producer.send", Kind: observ.Producer, Func: "internal/observ.(*Op).Start",
			Java: "DefaultMQProducerImpl#sendDefaultImpl", Claims: []string{"P1", "S1"},
		}),
		observ.Define(observ.Op{ID: "producer.sendKernelImpl", Func: "internal/observ.(*Component).tracer", Java: "DefaultMQProducerImpl#sendKernelImpl", Claims: []string{"P3", "S4"}}),
	}
	cat, err := catalog.New(plume.Files, ops)
	if err != nil {
		t.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	spans, err := tracetest.Parse(traces, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	store.Add(spans)
	store.Settle()
	f := &fixture{catalog: cat, store: store, sender: &sender{}}
	if f.Site, err = site.New(site.Config{Store: store, Catalog: cat, Sender: f.sender}); err != nil {
		t.Fatal(err)
	}
	return f
}

// get asks as a browser on this machine would.
func (f *fixture) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	return f.do(httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8088"+path, nil))
}

func (f *fixture) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

func mustContain(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}
