package site_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

const coldTrace = "/trace/00000000000000000000000000000001"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	for _, path := range []string{"/", coldTrace, "/steps", "/claims", "/static/main.js", "/api/services", "/nowhere", "/trace/zz"} {
		h := f.get(t, path).Header()
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

var inline = regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:|https?://`)

func TestPagesHaveNothingInlineAndNothingFromElsewhere(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	for _, path := range []string{"/", coldTrace, coldTrace + "/sequence", "/steps", "/claims", "/step/producer.send", "/source/embed.go"} {
		w := f.get(t, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		body := regexp.MustCompile(`(?s)<div class="code.*?</section>|<div class="ln.*?</div>`).ReplaceAllString(w.Body.String(), "")
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	for host, want := range map[string]int{
		"127.0.0.1:8088": 200, "localhost:8088": 200, "[::1]:8088": 200, "localhost": 200,
		"evil.example:8088": 403, "evil.example": 403, "192.168.1.7:8088": 403, "": 403, "localhost.evil.example": 403,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if got := f.do(r).Code; got != want {
			t.Errorf("Host %q: %d, want %d", host, got, want)
		}
	}
}

// send posts the control bar's form; change spoils the request.
func (f *fixture) send(mode string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8088/send", strings.NewReader(url.Values{"mode": {mode}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1:8088")
	r.Header.Set("X-Plume-Token", f.Token())
	if change != nil {
		change(r)
	}
	return f.do(r)
}

func TestSendOne(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	w := f.send("sync", func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"trace":"00000000000000000000000000000001"`) {
		t.Errorf("by script: %d %s", w.Code, w.Body)
	}
	form := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8088/send", strings.NewReader("mode=async&token="+f.Token()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := f.do(form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != coldTrace {
		t.Errorf("by form: %d %s", w.Code, w.Header())
	}
	if got := strings.Join(f.sender.sent, " "); got != "sync async" {
		t.Errorf("sent %q", got)
	}
}

func TestForgedSendsAreRefused(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	for name, change := range map[string]func(*http.Request){
		"no token":      func(r *http.Request) { r.Header.Del("X-Plume-Token") },
		"wrong token":   func(r *http.Request) { r.Header.Set("X-Plume-Token", "guess") },
		"other origin":  func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
		"null origin":   func(r *http.Request) { r.Header.Set("Origin", "null") },
		"other port":    func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9999") },
		"other site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"rebound host":  func(r *http.Request) { r.Host = "evil.example:8088" },
		"another token": func(r *http.Request) { r.Header.Set("X-Plume-Token", newFixture(t, "").Token()) },
	} {
		if w := f.send("sync", change); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := f.send("unheard-of", nil); w.Code != http.StatusBadRequest {
		t.Errorf("unknown mode: %d", w.Code)
	}
	if len(f.sender.sent) != 0 {
		t.Errorf("sent %v", f.sender.sent)
	}
}

func TestNamesFromOutsideAreEscaped(t *testing.T) {
	const payload = `<img/src=x/onerror=alert(1)>"'` + "`<script>alert(2)</script>`"
	trace := strings.NewReplacer("send TopicTest", "send "+payload, "messaging.destination.name=TopicTest", "messaging.destination.name="+payload,
		"demo-producer", payload, "!flushed", "!"+payload, "messaging.message.id", payload).Replace(tracetest.ColdSend)
	f := newFixture(t, trace)
	for _, path := range []string{"/", coldTrace, coldTrace + "/span/0000000000000001", coldTrace + "/sequence", "/?q=" + url.QueryEscape(payload), "/step/producer.send", "/step/" + url.PathEscape(payload)} {
		body := f.get(t, path).Body.String()
		for _, bad := range []string{"<img/src", "<script>alert", "'`<"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s carries %q through", path, bad)
			}
		}
	}
}

func TestTheTracePage(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	body := f.get(t, coldTrace).Body.String()
	mustContain(t, body,
		"send TopicTest", "26 spans", "4 services", // the trace
		"The route was not cached, so the producer had to ask the name server", // the story
		`id="r-0000000000000009"`, `aria-level="2"`, // the waterfall
		"ReputMessageService.doReput", "Meanwhile, in a trace of its own", // the linked trace
		`class="ln lit first"`, "DefaultMQProducerImpl#sendDefaultImpl", // the source
		`<a class="id" href="/claims#P1">P1</a>`, // the claims
	)
}

func TestThePanelOfOneSpan(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	body := f.get(t, coldTrace+"/span/000000000000000f").Body.String() // the broker's SERVER span
	mustContain(t, body, "rpc.method", "rocketmq.queue.wait_us", `from <a href="/trace/00000000000000000000000000000002?span=`, "No source of ours")
	if strings.Contains(body, "<html") {
		t.Error("the panel is a whole page")
	}
	for _, path := range []string{"/span/00000000000000ff", "/span/x"} {
		if w := f.get(t, coldTrace+path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

const nested = `svc | start | internal | 0+900 | code.function.name=github.com/plumemq/plume/internal/observ.(*Component).Start
  svc | direct | internal | 10+20 | code.function.name=github.com/plumemq/plume/internal/observ.mask
  svc | detour | internal | 40+60 | code.function.name=github.com/plumemq/plume/internal/observ.records
  svc | elsewhere | internal | 40+70 | code.function.name=github.com/plumemq/plume/internal/observ.ParseDetail
`

func TestCallsCarryTheirTime(t *testing.T) {
	f := newFixture(t, nested)
	body := f.get(t, coldTrace).Body.String()
	mustContain(t, body,
		`title="This call&#39;s span: direct">20 µs</a>`,
		`title="This call&#39;s span: detour">60 µs</a>`, // Start calls tracer, and tracer calls records
	)
	if strings.Contains(body, "span: elsewhere") {
		t.Error("a span shows at a line that does not lead to it")
	}
}

func TestDeepLinks(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	mustContain(t, f.get(t, coldTrace+"?span=0000000000000009").Body.String(), "<h2>sendKernelImpl</h2>")
	w := f.get(t, "/step/producer.sendKernelImpl?trace=1")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != coldTrace+"?span=0000000000000009" {
		t.Errorf("step in a trace: %d %s", w.Code, w.Header())
	}
	mustContain(t, f.get(t, "/step/producer.sendKernelImpl").Body.String(), "DefaultMQProducerImpl#sendKernelImpl", "Seen just now", "internal/observ/component.go")
	for _, path := range []string{"/step/no.such", "/trace/ffff", "/trace/zz", "/source/no/such.go", "/source/../go.mod"} {
		if w := f.get(t, path); w.Code < 300 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestAnEmptyStoreHasAPageToo(t *testing.T) {
	f := newFixture(t, "")
	mustContain(t, f.get(t, "/").Body.String(), "The first message is on its way", "No traces yet")
}

func TestClaimsAndStepsPages(t *testing.T) {
	f := newFixture(t, "")
	mustContain(t, f.get(t, "/claims").Body.String(), `id="P1"`, `id="N13"`, `href="/step/producer.send"`)
	mustContain(t, f.get(t, "/zh/claims").Body.String(), "生产者做什么", `href="/zh/step/producer.send"`, `href="/zh/claims#P1"`)
	if page := f.get(t, "/claims?verdict=corrected").Body.String(); !strings.Contains(page, `id="P4"`) || strings.Contains(page, `id="S1"`) {
		t.Error("the filter by verdict shows the wrong claims")
	}
	mustContain(t, f.get(t, "/claims").Body.String(), `class="verdict corrected"`, `class="verdict confirmed"`, `href="/experiment/TestClaim_`)
	mustContain(t, f.get(t, "/steps").Body.String(), "producer.sendKernelImpl", `href="/claims#S4"`)
}

func TestLiveUpdates(t *testing.T) {
	f := newFixture(t, "")
	server := httptest.NewServer(f.Handler())
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	lines.Scan() // "retry": the subscription stands
	spans, err := tracetest.Parse(tracetest.WarmSend, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f.store.Add(spans)
	var text string
	for !strings.Contains(text, `"complete":true`) && lines.Scan() {
		text += lines.Text() + "\n"
	}
	mustContain(t, text, "event: traces", `"message":true`, `data-id=\"00000000000000000000000000000001\"`, `"complete":true`)
	server.CloseClientConnections()
}

func TestJaegerAndTheSiteShareAStore(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	mustContain(t, f.get(t, "/api/traces/1").Body.String(), `"operationName":"send TopicTest"`)
	if _, ok := f.store.Trace(tracestore.TraceID{15: 1}); !ok {
		t.Error("the store lost it")
	}
	if w := f.get(t, "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("/metrics without a registry: %d", w.Code)
	}
}

func BenchmarkTracePage(b *testing.B) {
	var text strings.Builder
	text.WriteString("svc | root | internal | 0+100000\n")
	for range 999 {
		text.WriteString("  svc | child | internal | 10+50 | a=b c=1\n")
	}
	t := &testing.T{}
	f := newFixture(t, text.String())
	for b.Loop() {
		f.get(t, coldTrace)
	}
}

func TestAnExperimentLeadsToItsSource(t *testing.T) {
	f := newFixture(t, "")
	for name, folder := range map[string]string{
		"TestClaim_P4_P10_TheBrokerMakesAnUnknownTopic": "/source/test/analysis/", "TestClaim_P4_P10_ApachesBrokerMayRefuse": "/source/test/interop/",
	} {
		w := f.get(t, "/experiment/"+name)
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, folder) {
			t.Fatalf("%s: %d %s", name, w.Code, to)
		}
		file, _, _ := strings.Cut(to, "#")
		mustContain(t, f.get(t, file).Body.String(), name)
	}
	if w := f.get(t, "/experiment/TestNothing"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown experiment answers %d", w.Code)
	}
}

// All traces can be had as a file, from the page that shows them; not from a copy, which has no server.
func TestTracesCanBeSaved(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	w := f.get(t, "/traces.jsonl")
	again := tracestore.New(tracestore.Config{})
	if n, err := again.Load(w.Body); err != nil || n != 30 {
		t.Errorf("%d spans, %v", n, err)
	}
	if h := w.Header(); h.Get("Content-Type") != "application/x-ndjson" || !strings.Contains(h.Get("Content-Disposition"), "plume-traces.jsonl") {
		t.Errorf("%v", h)
	}
	for page, want := range map[string]string{"/": "Save all", "/zh/": "全部保存"} {
		mustContain(t, f.get(t, page).Body.String(), `href="/traces.jsonl" download`, want)
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8088/traces.jsonl", nil)
	r.Host = "evil.example"
	if code := f.do(r).Code; code != http.StatusForbidden {
		t.Errorf("to another name: %d", code)
	}
}

// A site that others send to shows what there is: messages, or else everything, unless messages are asked for.
func TestWithoutMessagesEverythingIsListed(t *testing.T) {
	f := newFixture(t, "broker-a | registerBrokerAll | internal | 0+900 | rocketmq.step=outer.registerBrokerAll\n")
	alone, err := site.New(site.Config{Store: f.store, Catalog: f.catalog})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/": true, "/?kind=all": true, "/?kind=messages": false} {
		w := httptest.NewRecorder()
		alone.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8088"+path, nil))
		if got := strings.Contains(w.Body.String(), `<li data-id="`); got != want {
			t.Errorf("%s lists it: %v", path, got)
		}
	}
	if body := f.get(t, "/").Body.String(); strings.Contains(body, `<li data-id="`) {
		t.Error("a demo's first page lists background work")
	}
}
