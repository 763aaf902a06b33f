//go:build stack

package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"testing"
)

// linkPattern is one of Jaeger's templates for links.
type linkPattern struct{ Type, Key, URL string }

var placeholder = regexp.MustCompile(`#\{([^}]+)\}`)

// fill puts values into a template's placeholders, as Jaeger's UI does: a link with a value that is missing is not shown.
func (l linkPattern) fill(values map[string]string) (string, error) {
	var err error
	link := placeholder.ReplaceAllStringFunc(l.URL, func(p string) string {
		name := placeholder.FindStringSubmatch(p)[1]
		v, ok := values[name]
		if !ok {
			err = fmt.Errorf("%w: %s has no %s", errNoData, l.URL, name)
		}
		return url.QueryEscape(v)
	})
	return link, err
}

// servedUI is the configuration that Jaeger gives to its pages.
func (s *stack) servedUI(t *testing.T) (patterns []linkPattern) {
	t.Helper()
	page, err := get(s.jaeger.api("/search"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`JAEGER_CONFIG = (\{.*\});`).FindSubmatch(page)
	if m == nil {
		t.Fatalf("Jaeger's page has no configuration: %s", page)
	}
	file, err := os.ReadFile(deploy("jaeger/ui.json"))
	if err != nil {
		t.Fatal(err)
	}
	var served, ours any
	if err := errors.Join(json.Unmarshal(m[1], &served), json.Unmarshal(file, &ours)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(served, ours) {
		t.Errorf("Jaeger serves %v, want %v", served, ours)
	}
	var ui struct{ LinkPatterns []linkPattern }
	if err := json.Unmarshal(m[1], &ui); err != nil {
		t.Fatal(err)
	}
	return ui.LinkPatterns
}

// Jaeger's pages get our link patterns, and each link that they make of a trace leads to a page of the site: of a step to a span of that
// step in that very trace.
func (s *stack) linksToPages(t *testing.T) {
	patterns := s.servedUI(t)
	links, steps := 0, map[string]bool{}
	for _, service := range []string{"producer", "consumer", "broker-a", "broker-b", "namesrv"} {
		var answer struct{ Data []jaegerTrace }
		if err := fetch(s.jaeger.api("/api/traces?limit=5&service="+service), &answer); err != nil {
			t.Fatal(err)
		}
		for _, trace := range answer.Data {
			for _, l := range s.linksOf(t, patterns, &trace) {
				links++
				steps[l.step] = true
				if err := l.leads(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	t.Logf("%d links of %d steps lead to pages", links, len(steps))
	if len(steps) < 40 {
		t.Errorf("only %d links of %d steps", links, len(steps))
	}
}

// link is one that Jaeger's UI shows, with the page that it must lead to.
type link struct {
	url, page string
	step      string          // "" for a link of the trace
	spans     map[string]bool // those of the step
}

// linksOf are the links of a trace, each once.
func (s *stack) linksOf(t *testing.T, patterns []linkPattern, trace *jaegerTrace) map[string]link {
	t.Helper()
	out := map[string]link{}
	add := func(p linkPattern, values map[string]string, l link) {
		filled, err := p.fill(values)
		if err != nil {
			t.Error(err)
			return
		}
		l.url, l.page = replaceOnce(t, filled, "http://localhost:8088", s.site), "/trace/"+trace.TraceID
		out[filled] = l
	}
	spans := map[string]map[string]bool{}
	for _, span := range trace.Spans {
		step := span.tag("rocketmq.step")
		if step == "" {
			t.Errorf("span %s of %s has no step to link from", span.OperationName, trace.service(&span))
		}
		if spans[step] == nil {
			spans[step] = map[string]bool{}
		}
		spans[step][span.SpanID] = true
	}
	for _, p := range patterns {
		switch p.Type {
		case "traces":
			add(p, map[string]string{"traceID": trace.TraceID}, link{})
		case "tags":
			for step, ids := range spans {
				add(p, map[string]string{p.Key: step, "trace.traceID": trace.TraceID}, link{step: step, spans: ids})
			}
		default:
			t.Errorf("a pattern of type %s", p.Type)
		}
	}
	return out
}

// leads follows a link.
func (l link) leads() error {
	resp, err := http.Get(l.url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	to := resp.Request.URL
	if resp.StatusCode != http.StatusOK || to.Path != l.page {
		return fmt.Errorf("%w: %s leads to %s: %s", errStatus, l.url, to, resp.Status)
	}
	if l.step != "" && !l.spans[to.Query().Get("span")] {
		return fmt.Errorf("%w: %s leads to %s, which is no span of %s", errDifferent, l.url, to, l.step)
	}
	return nil
}
