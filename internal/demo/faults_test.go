package demo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/tracestore"
)

// page is the demo's page as its script uses it.
type page struct {
	t     *testing.T
	d     *demo.Demo
	token string
}

// openPage starts a demo whose clients keep the routes that they have, so that a fault shows however long the machine takes.
func openPage(t *testing.T) *page {
	cfg := freePorts()
	cfg.RoutePoll, cfg.DelayLevels = time.Hour, "1s 1s 1s 1s"
	d := start(t, cfg)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return &page{t, d, token.FindStringSubmatch(get(t, d.URL()+"/"))[1]}
}

// answer is what the control bar's posts are answered with.
type answer struct {
	Active []string
	Left   []int
	HTML   string
	Load   struct {
		Running      bool
		Actual       float64
		Sent, Failed int64
	}
	Trace, Error string
}

func (p *page) post(path string, fields ...string) answer {
	p.t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.d.URL()+path, strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Plume-Token", p.token)
	r.Header.Set("Accept", "application/json")
	return p.read(r)
}

func (p *page) read(r *http.Request) (a answer) {
	p.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %s %v", r.URL.Path, resp.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		p.t.Fatalf("%s: %v: %s", r.URL.Path, err, body)
	}
	return a
}

func (p *page) control() answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.d.URL()+"/control", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.read(r)
}

// shown switches a fault on and returns the trace that the page would lead to.
func (p *page) shown(fault string) *tracestore.Trace {
	p.t.Helper()
	if a := p.post("/fault", "id", fault, "on", "true"); !slices.Equal(a.Active, []string{fault}) || a.Error != "" {
		p.t.Fatalf("switched on: active %v, %s", a.Active, a.Error)
	}
	a := p.post("/fault/show", "id", fault)
	if a.Error != "" {
		p.t.Fatalf("trace %q: %s", a.Trace, a.Error)
	}
	return p.trace(a.Trace)
}

func (p *page) trace(hex string) *tracestore.Trace {
	p.t.Helper()
	id, ok := tracestore.ParseTraceID(hex)
	if !ok {
		p.t.Fatalf("trace %q", hex)
	}
	return await(p.t, p.d, "trace "+hex, func(tr *tracestore.Trace) bool { return tr.ID == id && tr.Complete })
}

// heal switches a fault off; soon a send is as clean as before, and with both brokers in turn.
func (p *page) heal(fault string) {
	p.t.Helper()
	if a := p.post("/fault", "id", fault, "on", "false"); len(a.Active) != 0 || a.Error != "" {
		p.t.Fatalf("switched off: active %v, %s", a.Active, a.Error)
	}
	brokers := map[string]bool{}
	for deadline := time.Now().Add(patience); len(brokers) < 2; {
		if time.Now().After(deadline) {
			p.t.Fatalf("clean sends reached %v only", brokers)
		}
		began := time.Now()
		a := p.post("/send", "mode", "sync")
		if a.Error != "" || time.Since(began) > 2*time.Second {
			continue // the first ones may still find a broken connection
		}
		id, _ := tracestore.ParseTraceID(a.Trace)
		tr := await(p.t, p.d, "end of a clean send", func(tr *tracestore.Trace) bool {
			return tr.ID == id && tr.ByStep("producer.send") != nil && tr.ByStep("mappedfile.appendMessage") != nil
		})
		if attempts := byStep(tr, "producer.sendKernelImpl"); len(attempts) == 1 && !attempts[0].Failed {
			brokers[attempts[0].Attr("rocketmq.broker.name")] = true
		}
	}
}

// patience bounds what must come about in the end, on a machine that is busy with other things.
const patience = 30 * time.Second

func byStep(tr *tracestore.Trace, step string) (found []*tracestore.Span) {
	for _, s := range tr.Spans {
		if s.Step() == step {
			found = append(found, s)
		}
	}
	return found
}

// attempts tells a send's attempts as "broker:error broker".
func attempts(tr *tracestore.Trace) string {
	var out []string
	for _, s := range byStep(tr, "producer.sendKernelImpl") {
		text := s.Attr("rocketmq.broker.name")
		if typ := s.Attr("error.type"); typ != "" {
			text += ":" + typ
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func wantAttempts(t *testing.T, tr *tracestore.Trace, want string) {
	t.Helper()
	if got := attempts(tr); got != want {
		t.Errorf("attempts %q, want %q", got, want)
	}
	if tr.Root.Step() != "producer.send" || tr.Root.Failed || tr.Root.Attr("rocketmq.broker.name") != "broker-b" {
		t.Errorf("the send: %s failed=%v at %s", tr.Root.Name, tr.Root.Failed, tr.Root.Attr("rocketmq.broker.name"))
	}
}

// total is how long a step took.
func total(t *testing.T, tr *tracestore.Trace, step string) time.Duration {
	t.Helper()
	s := tr.ByStep(step)
	if s == nil {
		t.Fatalf("no %s in the trace", step)
	}
	return s.Duration()
}

func TestEveryFaultShowsWhatItPromisesAndHeals(t *testing.T) {
	checks := map[string]func(t *testing.T, p *page, tr *tracestore.Trace){
		"broker-kill":  func(t *testing.T, _ *page, tr *tracestore.Trace) { wantAttempts(t, tr, "broker-a:connect broker-b") },
		"broker-pause": pausedBroker,
		"broker-restart": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			if tr.Root.Step() != "broker.shutdown" || tr.Root.Resource.Service != "broker-a" || tr.ByStep("remoting.server.UNREGISTER_BROKER") == nil {
				t.Errorf("%s of %s", tr.Root.Step(), tr.Root.Resource.Service)
			}
		},
		"queue-full": func(t *testing.T, p *page, tr *tracestore.Trace) {
			wantAttempts(t, tr, "broker-a:SYSTEM_BUSY broker-b")
			tr = await(t, p.d, "broker-b's part", func(other *tracestore.Trace) bool {
				return other.ID == tr.ID && other.ByStep("broker.SendMessageProcessor.processRequest") != nil
			})
			if n := len(byStep(tr, "broker.SendMessageProcessor.processRequest")); n != 1 {
				t.Errorf("%d requests came to a processor, want broker-b's alone", n)
			}
		},
		"namesrv-down": func(t *testing.T, p *page, tr *tracestore.Trace) {
			if tr.Root.Failed || tr.Has("namesrv") || tr.ByStep("remoting.client.GET_ROUTEINFO_BY_TOPIC") != nil {
				t.Errorf("failed=%v, services %v", tr.Root.Failed, tr.Services)
			}
			if a := p.post("/send", "mode", "newtopic"); !strings.Contains(a.Error, "no route") {
				t.Errorf("an unknown topic: %q", a.Error)
			}
		},
		"namesrv-stale": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			wantAttempts(t, tr, "broker-a:connect broker-b")
			if tr.ByStep("namesrv.pickupTopicRouteData") == nil {
				t.Error("the name server was not asked")
			}
		},
		"no-route": func(t *testing.T, p *page, tr *tracestore.Trace) {
			asked := tr.ByStep("remoting.server.GET_ROUTEINFO_BY_TOPIC")
			if !tr.Root.Failed || attempts(tr) != "" || asked == nil || asked.Attr("rpc.response.status_code") != "SYSTEM_ERROR" && !asked.Failed {
				t.Errorf("failed=%v, attempts %q, asked %+v", tr.Root.Failed, attempts(tr), asked)
			}
			if a := p.post("/send", "mode", "sync"); a.Error != "" {
				t.Errorf("a warm send: %s", a.Error)
			}
		},
		"disk-slow": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			if write, flush := total(t, tr, "mappedfile.appendMessage"), total(t, tr, "commitlog.handleDiskFlush"); write < 300*time.Millisecond || flush > write/2 || tr.Root.Duration() < write {
				t.Errorf("write %v, flush %v, send %v", write, flush, tr.Root.Duration())
			}
		},
		"disk-full": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			wantAttempts(t, tr, "broker-a:SERVICE_NOT_AVAILABLE broker-b")
		},
		"net-delay": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			if call, served := total(t, tr, "remoting.client.SEND_MESSAGE_V2"), total(t, tr, "remoting.server.SEND_MESSAGE_V2"); call < 400*time.Millisecond || served > call/2 {
				t.Errorf("call %v, served %v", call, served)
			}
		},
		"net-reset": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			wantAttempts(t, tr, "broker-a:send_request broker-b")
			if took, limit := byStep(tr, "producer.sendKernelImpl")[0].Duration(), allowed(t, tr)[0]; took >= limit {
				t.Errorf("the waiting call was woken after %v, its time was %v", took, limit)
			}
		},
		"net-blackhole": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			if took := tr.Root.Duration(); tr.Root.Attr("error.type") != "timeout" || took < 4900*time.Millisecond {
				t.Errorf("%q after %v", tr.Root.Attr("error.type"), took)
			}
			if n := len(byStep(tr, "producer.sendKernelImpl")); n != 3 {
				t.Errorf("%d attempts", n)
			}
			for i, limit := range allowed(t, tr) {
				if end := time.Duration(byStep(tr, "remoting.invokeSync")[i].Start-tr.Root.Start) + limit; end > 5*time.Second {
					t.Errorf("attempt %d was to end %v after the send's start", i, end)
				}
			}
		},
		"consumer-slow": func(t *testing.T, _ *page, tr *tracestore.Trace) {
			if handled := total(t, tr, "consumer.process"); handled < 1500*time.Millisecond || tr.Root.Duration() > handled {
				t.Errorf("handled in %v, sent in %v", handled, tr.Root.Duration())
			}
		},
		"consumer-fail": deadLetter,
	}
	for _, f := range demo.KnownFaults() {
		check := checks[f.ID]
		if check == nil {
			t.Errorf("nobody checks %s", f.ID)
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			p := openPage(t)
			check(t, p, p.shown(f.ID))
			p.heal(f.ID)
		})
		delete(checks, f.ID)
	}
	for id := range checks {
		t.Errorf("there is no fault %s", id)
	}
}

// pausedBroker wants the attempt at the broker that stands still to cost half of the send's time and no more.
func pausedBroker(t *testing.T, _ *page, tr *tracestore.Trace) {
	wantAttempts(t, tr, "broker-a:timeout broker-b")
	took, limit := byStep(tr, "producer.sendKernelImpl")[0].Duration(), allowed(t, tr)[0]
	if took < 2400*time.Millisecond || limit > 2500*time.Millisecond {
		t.Errorf("the attempt took %v, its time was %v", took, limit)
	}
}

// allowed is the time that each call of a send was given. How late the machine wakes who has waited so long does not show in it.
func allowed(t *testing.T, tr *tracestore.Trace) (limits []time.Duration) {
	t.Helper()
	for _, s := range byStep(tr, "remoting.invokeSync") {
		ms, err := strconv.Atoi(s.Attr("rocketmq.timeout_ms"))
		if err != nil {
			t.Fatalf("a call's time: %v", err)
		}
		limits = append(limits, time.Duration(ms)*time.Millisecond)
	}
	return limits
}

// deadLetter wants the message to fail twice and then to lie with the dead letters, all in one trace.
func deadLetter(t *testing.T, p *page, tr *tracestore.Trace) {
	tr = await(t, p.d, "dead letter", func(other *tracestore.Trace) bool {
		if other.ID != tr.ID || len(byStep(other, "consumer.process")) < 2 {
			return false
		}
		return slices.ContainsFunc(other.Spans, func(s *tracestore.Span) bool { return s.Event("message.dead_letter") != nil })
	})
	for _, s := range byStep(tr, "consumer.process") {
		if !s.Failed {
			t.Error("a handler that should fail did not")
		}
	}
	if n := len(byStep(tr, "consumer.process")); n != 2 {
		t.Errorf("handled %d times", n)
	}
}
