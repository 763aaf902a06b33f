package site_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// recorded is when the fixture's traces were.
var recorded = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// breaker pretends to break things.
type breaker struct {
	on      []string
	calls   []string
	fails   error
	periods []site.Period
}

func (b *breaker) Faults() []site.Fault {
	var list []site.Fault
	for _, id := range []string{"kill", "slow"} {
		list = append(list, site.Fault{
			ID: id, Group: catalog.Text{EN: "Group of " + id, ZH: "组"}, Title: catalog.Text{EN: "Do " + id, ZH: "做"},
			What: catalog.Text{EN: "It does <" + id + ">.", ZH: "做。"}, Look: catalog.Text{EN: "see `" + id + "`.", ZH: "看。"},
			Lasts: time.Minute, Active: slices.Contains(b.on, id), Until: time.Now().Add(time.Minute),
		})
	}
	return list
}

func (b *breaker) Set(_ context.Context, id string, on bool) error {
	if id != "kill" && id != "slow" {
		return fmt.Errorf("%w: %q", site.ErrNoFault, id)
	}
	b.calls = append(b.calls, fmt.Sprintf("%s=%t", id, on))
	b.on = slices.DeleteFunc(b.on, func(o string) bool { return o == id })
	if on {
		b.on = append(b.on, id)
	}
	return b.fails
}

func (b *breaker) Show(_ context.Context, id string) (string, error) {
	if id != "kill" && id != "slow" {
		return "", site.ErrNoFault
	}
	return "00000000000000000000000000000001", b.fails
}

func (b *breaker) Periods() []site.Period { return b.periods }

// loader pretends to send.
type loader struct {
	state site.LoadState
	stops int
}

func (l *loader) Start(mode string, rate int) error {
	if rate > l.MaxRate() || mode != "sync" {
		return errors.New("rate 1 to 500, mode sync")
	}
	l.state = site.LoadState{Running: true, Mode: mode, Rate: rate, Actual: 42, Until: time.Now().Add(time.Minute)}
	return nil
}
func (l *loader) Stop()                 { l.stops++; l.state = site.LoadState{} }
func (l *loader) State() site.LoadState { return l.state }
func (l *loader) Modes() []string       { return []string{"sync"} }
func (l *loader) MaxRate() int          { return 500 }

// breakable is a fixture with something to break.
func breakable(t *testing.T) (*fixture, *breaker, *loader) {
	t.Helper()
	f, b, l := newFixture(t, tracetest.ColdSend), &breaker{}, &loader{}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	if f.Site, err = site.New(site.Config{Store: f.store, Catalog: cat, Sender: f.sender, Faults: b, Load: l}); err != nil {
		t.Fatal(err)
	}
	return f, b, l
}

// post posts as the page does: by script, or as a plain form.
func (f *fixture) post(path string, script bool, fields url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8088"+path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1:8088")
	r.Header.Set("X-Plume-Token", f.Token())
	if script {
		r.Header.Set("Accept", "application/json")
	}
	return f.do(r)
}

func TestFaultsByScriptAndByForm(t *testing.T) {
	f, b, _ := breakable(t)
	w := f.post("/fault", true, url.Values{"id": {"kill"}, "on": {"true"}})
	var state struct {
		Active []string
		HTML   string
		Error  string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || !slices.Equal(state.Active, []string{"kill"}) {
		t.Fatalf("by script: %d %s %v", w.Code, w.Body, err)
	}
	mustContain(t, state.HTML, "Do kill", "see <code>kill</code>.", "data-left")
	if zh := f.post("/zh/fault", true, url.Values{"id": {"kill"}, "on": {"true"}}); !strings.Contains(zh.Body.String(), "留意：") {
		t.Errorf("in Chinese: %s", zh.Body)
	}
	if w := f.post("/fault", false, url.Values{"id": {"slow"}, "on": {"true"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != coldTrace {
		t.Errorf("by form: %d %v", w.Code, w.Header())
	}
	if w := f.post("/fault", false, url.Values{"id": {"slow"}, "on": {"false"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/faults" {
		t.Errorf("off by form: %d %v", w.Code, w.Header())
	}
	if got := strings.Join(b.calls, " "); got != "kill=true kill=true slow=true slow=false" {
		t.Errorf("calls %q", got)
	}
	for _, page := range []string{"/", "/steps", "/claims", coldTrace} {
		mustContain(t, f.get(t, page).Body.String(), `data-fault="kill"`, `aria-pressed="true"`, "Look for:")
	}
	mustContain(t, f.get(t, "/faults").Body.String(), "It does &lt;kill&gt;.", `id="slow"`, "Heals after 60 s.")
	b.fails = errors.New("it <b>resists</b>")
	if w := f.post("/fault", false, url.Values{"id": {"kill"}, "on": {"false"}}); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "it &lt;b&gt;resists") {
		t.Errorf("a failure by form: %d", w.Code)
	}
	if w := f.post("/fault", true, url.Values{"id": {"kill"}, "on": {"false"}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "resists") {
		t.Errorf("a failure by script: %d %s", w.Code, w.Body)
	}
}

func TestFaultsRefuseWhatMakesNoSense(t *testing.T) {
	f, b, l := breakable(t)
	for _, c := range []struct {
		path   string
		fields url.Values
	}{
		{"/fault", url.Values{"id": {"everything"}, "on": {"true"}}},
		{"/fault", url.Values{"id": {"kill"}, "on": {"perhaps"}}},
		{"/fault/show", url.Values{"id": {"everything"}}},
		{"/load", url.Values{"rate": {"many"}, "mode": {"sync"}}},
		{"/load", url.Values{"rate": {"501"}, "mode": {"sync"}}},
		{"/load", url.Values{"rate": {"5"}, "mode": {"telepathy"}}},
	} {
		if w := f.post(c.path, true, c.fields); w.Code != http.StatusBadRequest {
			t.Errorf("%s %v: %d %s", c.path, c.fields, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/fault", "/fault/show", "/fault/clear", "/load"} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8088"+path, strings.NewReader("id=kill&on=true&rate=5&mode=sync&token=guess"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := f.do(r); w.Code != http.StatusForbidden {
			t.Errorf("%s without the token: %d", path, w.Code)
		}
		if w := newFixture(t, "").post(path, true, url.Values{"id": {"kill"}, "on": {"true"}, "rate": {"1"}}); path != "/fault/clear" && w.Code != http.StatusNotFound {
			t.Errorf("%s where there is nothing to break: %d", path, w.Code)
		}
	}
	if len(b.calls) != 0 || l.state.Running {
		t.Errorf("calls %v, load %+v", b.calls, l.state)
	}
}

func TestLoadAndAllClear(t *testing.T) {
	f, b, l := breakable(t)
	if w := f.post("/load", true, url.Values{"rate": {"200"}, "mode": {"sync"}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"actual":42`) {
		t.Errorf("start: %d %s", w.Code, w.Body)
	}
	mustContain(t, f.get(t, "/").Body.String(), "42/s sent of 200/s by sync")
	b.on = []string{"kill", "slow"}
	if w := f.post("/fault/clear", true, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"active":[]`) || !strings.Contains(w.Body.String(), `"running":false`) {
		t.Errorf("all clear: %d %s", w.Code, w.Body)
	}
	if l.stops != 1 || strings.Join(b.calls, " ") != "kill=false slow=false" {
		t.Errorf("stops %d, calls %v", l.stops, b.calls)
	}
	if w := f.get(t, "/control"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"active":[]`) {
		t.Errorf("control: %d %s", w.Code, w.Body)
	}
}

func TestTracesAreMarkedWithTheFaultsTheyWereRecordedUnder(t *testing.T) {
	f, b, _ := breakable(t)
	for name, c := range map[string]struct {
		from, to time.Time
		marked   bool
	}{
		"before":       {recorded.Add(-time.Hour), recorded.Add(-time.Minute), false},
		"throughout":   {recorded.Add(-time.Hour), recorded.Add(time.Hour), true},
		"still on":     {recorded.Add(-time.Hour), time.Time{}, true},
		"after":        {recorded.Add(time.Hour), time.Time{}, false},
		"in the midst": {recorded.Add(100 * time.Microsecond), recorded.Add(200 * time.Microsecond), true},
	} {
		b.periods = []site.Period{{Fault: "kill", Title: catalog.Text{EN: "Killed " + name, ZH: "杀"}, From: c.from, To: c.to}}
		body := f.get(t, coldTrace).Body.String()
		if got := strings.Count(body, "Killed "+name); got > 0 != c.marked || c.marked && got < 2 {
			t.Errorf("%s: marked %d times", name, got)
		}
	}
}
