package site_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
	"github.com/plumemq/plume/internal/walkthrough"
)

// loaded is the catalogue and the walkthroughs of this module.
type loaded struct {
	catalog *catalog.Catalog
	book    *walkthrough.Book
}

var load = sync.OnceValues(func() (loaded, error) {
	cat, err := catalog.Load()
	if err != nil {
		return loaded{}, err
	}
	book, err := walkthrough.Load(plume.Files, cat)
	return loaded{cat, book}, err
})

// walkSite is a site with the real catalogue and the real walkthroughs.
func walkSite(t *testing.T, traces string) (*fixture, *walkthrough.Book) {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	cat, book := all.catalog, all.book
	f := &fixture{catalog: cat, store: tracestore.New(tracestore.Config{}), sender: &sender{}}
	spans, err := tracetest.Parse(traces, time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	f.store.Add(spans)
	f.store.Settle()
	if f.Site, err = site.New(site.Config{Store: f.store, Catalog: cat, Walkthroughs: book, Sender: f.sender, Faults: &breaker{}, Load: &loader{}}); err != nil {
		t.Fatal(err)
	}
	return f, book
}

var (
	hrefs = regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	ids   = regexp.MustCompile(`\sid="([^"]+)"`)
)

// Every page is there in both languages, has no id twice, and no link of it is dead.
func TestWalkthroughsAreWhole(t *testing.T) {
	f, book := walkSite(t, "")
	if len(book.Topics) < 9 {
		t.Fatalf("only %d walkthroughs", len(book.Topics))
	}
	pages := map[string]string{}
	for _, lang := range walkthrough.Langs() {
		paths := []string{lang.Path("/walkthroughs")}
		for _, topic := range book.Topics {
			paths = append(paths, book.Page(topic, lang).Path())
		}
		for _, path := range paths {
			w := f.get(t, path)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			pages[path] = w.Body.String()
		}
		mustContain(t, pages[paths[0]], `<html lang="`+string(lang)+`"`, string(book.Page(book.Topics[8], lang).Can[2]))
	}
	links := map[string]string{} // link -> a page that has it
	for path, body := range pages {
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Errorf("%s: the id %s twice", path, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
			if strings.HasPrefix(m[1], "#") {
				m[1] = path + m[1]
			}
			links[m[1]] = path
		}
	}
	for link, from := range links {
		path, anchor, _ := strings.Cut(link, "#")
		if pages[path] == "" {
			w := f.get(t, path)
			if to := w.Header().Get("Location"); w.Code == http.StatusSeeOther && strings.Contains(path, "lang=") {
				w = f.get(t, to) // the switch remembers first
			}
			if w.Code != http.StatusOK {
				t.Errorf("%s leads to %s: %d", from, link, w.Code)
			}
			pages[path] = w.Body.String()
		}
		if anchor != "" && !strings.Contains(pages[path], ` id="`+anchor+`"`) {
			t.Errorf("%s leads to %s, which has no such place", from, link)
		}
	}
}

// liveTrace writes down a trace that has the very spans of a golden tree.
func liveTrace(t *testing.T, topic, tree string) string {
	t.Helper()
	_, book := walkSite(t, "")
	var b strings.Builder
	for i, l := range book.Page(topic, walkthrough.EN).Tree(tree).Lines {
		kind := l.Kind
		if kind == "" {
			kind = "internal"
		}
		fmt.Fprintf(&b, "%s%s | %s | %s | %d+%d | rocketmq.step=%s", strings.Repeat("  ", l.Depth), l.Service, l.Name, kind, 10*i, 900-20*i, l.Op.ID)
		for _, a := range l.Attrs {
			fmt.Fprintf(&b, " %s=%s", a.Key, strings.ReplaceAll(a.Value, " ", "_"))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestAPageShowsTheTimesOfALiveTrace(t *testing.T) {
	f, _ := walkSite(t, liveTrace(t, "01-sync-send", "warm"))
	body := f.get(t, "/walkthroughs/01-sync-send").Body.String()
	mustContain(t, body, "data-live=", "See it live", `data-i="0" data-a=`)
	if n := strings.Count(body, "data-live="); n != 1 {
		t.Errorf("%d of the page's trees have a live trace, want the warm one alone", n)
	}
	mustContain(t, f.get(t, "/zh/walkthroughs/01-sync-send").Body.String(), "看实时调用链", "现在就来一次", `lang="zh"`)
	step := f.get(t, "/step/producer.sendKernelImpl").Body.String()
	mustContain(t, step, `href="/walkthroughs/01-sync-send#sendKernelImpl"`)
}

func TestThereIsNoSuchWalkthrough(t *testing.T) {
	f, _ := walkSite(t, "")
	for _, path := range []string{"/walkthroughs/nothing", "/zh/walkthroughs/..%2f", "/fr/walkthroughs"} {
		if w := f.get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// meter pretends to measure.
type meter struct{ runs int }

func (m *meter) Measure(context.Context) ([]site.Measurement, error) {
	m.runs++
	return []site.Measurement{{Callers: 64, Connections: 1, PerSecond: 100_000, Each: 640 * time.Microsecond}}, nil
}

func TestMeasure(t *testing.T) {
	f, book := walkSite(t, "")
	m := &meter{}
	with, err := site.New(site.Config{Store: f.store, Catalog: f.catalog, Walkthroughs: book, Meter: m})
	if err != nil {
		t.Fatal(err)
	}
	post := func(s *site.Site, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8088/measure", nil)
		r.Header.Set("X-Plume-Token", token)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	if w := post(with, "forged"); w.Code != http.StatusForbidden || m.runs != 0 {
		t.Errorf("without the token: %d, %d runs", w.Code, m.runs)
	}
	if w := post(f.Site, f.Token()); w.Code != http.StatusNotFound {
		t.Errorf("without a meter: %d", w.Code)
	}
	if got := post(with, with.Token()).Body.String(); !strings.Contains(got, `"callers":64,"connections":1,"perSecond":100000,"each":640000`) {
		t.Errorf("measured %s", got)
	}
	if body := f.get(t, "/walkthroughs/06-one-connection").Body.String(); strings.Contains(body, "walk-measure") {
		t.Error("a button that measures nothing")
	}
	f.Site = with
	mustContain(t, f.get(t, "/walkthroughs/06-one-connection").Body.String(), `class="walk-measure"`, "Measure it on this machine")
}
