//go:build stack

package stack

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var errDifferent = errors.New("not the same")

// Jaeger lists the services of the compose file, which all send through the site, and none else: not itself.
func (s *stack) sameServices(t *testing.T) {
	want := []string{"broker-a", "broker-b", "consumer", "namesrv", "producer"}
	for _, api := range []string{s.site, s.jaeger.api("")} {
		eventually(t, "all services at "+api, func() error {
			var answer struct{ Data []string }
			if err := fetch(api+"/api/services", &answer); err != nil {
				return err
			}
			if slices.Sort(answer.Data); !slices.Equal(answer.Data, want) {
				return fmt.Errorf("%w: %v, want %v", errDifferent, answer.Data, want)
			}
			return nil
		})
	}
	for _, name := range want {
		s.knowsAsMuch(t, "/api/operations?service="+name)
	}
	s.knowsAsMuch(t, "/api/dependencies")
}

// knowsAsMuch wants Jaeger to list what the site lists. It may list more: the site forgets sooner.
func (s *stack) knowsAsMuch(t *testing.T, path string) {
	t.Helper()
	eventually(t, "Jaeger lists "+path, func() error {
		ours, err := listed(s.site + path)
		if err != nil {
			return err
		}
		theirs, err := listed(s.jaeger.api(path))
		if err != nil {
			return err
		}
		for what := range ours {
			if !theirs[what] {
				return fmt.Errorf("%w: %s is on the site, Jaeger has %v", errDifferent, what, slices.Sorted(maps.Keys(theirs)))
			}
		}
		if len(ours) == 0 {
			return fmt.Errorf("%w: %s", errNoData, path)
		}
		return nil
	})
}

// listed are the operations or dependencies of an answer.
func listed(address string) (map[string]bool, error) {
	var answer struct {
		Data []struct{ Name, SpanKind, Parent, Child string }
	}
	err := fetch(address, &answer)
	out := map[string]bool{}
	for _, x := range answer.Data {
		out[strings.TrimSpace(x.Name+" "+x.SpanKind+x.Parent+" "+x.Child)] = true
	}
	return out, err
}

var sentID = regexp.MustCompile(`(?m)^SEND_OK .* id ([0-9A-F]+) `)

// sendOnce sends one message with a producer of its own, whose spans go to an endpoint, and returns the message's id.
func (s *stack) sendOnce(t *testing.T, service, protocol, endpoint string) string {
	t.Helper()
	cmd := exec.Command(binary(t), "send", "TopicTest", "--body=from "+service, "--namesrv="+s.namesrv)
	cmd.Dir, cmd.Env = s.dir, []string{"HOME=" + s.dir}
	for key, value := range s.project.Services["producer"].Environment {
		cmd.Env = append(cmd.Env, key+"="+*value)
	}
	cmd.Env = append(cmd.Env, "OTEL_SERVICE_NAME="+service, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+endpoint)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m := sentID.FindSubmatch(out)
	if m == nil {
		t.Fatalf("nothing was sent: %s", out)
	}
	return string(m[1])
}

// A cold send with its consumption is the golden tree in Jaeger, and in all that its API says the same as on the site.
func (s *stack) sameColdSend(t *testing.T) {
	const service = "cold-producer"
	id := s.sendOnce(t, service, "grpc", s.otlp)
	want := goldenPaths(t)
	var ours *jaegerTrace
	eventually(t, "the cold send is the same in both", func() error {
		if fresh, err := traceOfMessage(s.site, service, id); err == nil {
			ours = fresh
		} else if ours == nil {
			return err
		}
		there, err := otlpNodes(s.jaeger.api(""), ours.TraceID, asSent)
		if err != nil {
			return err
		}
		if got := paths(there); !slices.Equal(got, want) {
			return fmt.Errorf("%w: Jaeger's tree\n%s\nthe golden one\n%s", errDifferent, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return s.sameTrace(ours)
	})
	shown, err := otlpNodes(s.jaeger.api(""), ours.TraceID, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := unlike(ours.nodes(), shown); diff != "" {
		t.Errorf("trace %s as Jaeger shows it, having looked for skewed clocks: - the site, + Jaeger\n%s", ours.TraceID, diff)
	}
	t.Logf("a cold send and its consumption: %d spans, the same in both", len(want))
}

// sameTrace compares all that the two APIs say of a trace.
func (s *stack) sameTrace(ours *jaegerTrace) error {
	theirs, err := traceOf(s.jaeger.api(""), ours.TraceID)
	if err != nil {
		return err
	}
	if diff := difference(ours, theirs); diff != "" {
		return fmt.Errorf("%w: trace %s, - the site, + Jaeger\n%s", errDifferent, ours.TraceID, diff)
	}
	there, err := otlpNodes(s.jaeger.api(""), ours.TraceID, asSent)
	if err != nil {
		return err
	}
	if diff := unlike(ours.nodes(), there); diff != "" {
		return fmt.Errorf("%w: trace %s, - the site, + Jaeger's third API\n%s", errDifferent, ours.TraceID, diff)
	}
	return nil
}

// Whatever the site has of late Jaeger has, too: sends of each mode, pulls, heartbeats, registrations, background work.
func (s *stack) sameTrees(t *testing.T) {
	var newest struct{ Data []jaegerTrace }
	if err := fetch(s.site+"/api/traces?limit=150", &newest); err != nil {
		t.Fatal(err)
	}
	spans, seen := s.becomeSame(t, newest.Data)
	for _, service := range []string{"producer", "consumer", "broker-a", "broker-b"} {
		if !seen[service] || len(newest.Data) < 60 {
			t.Errorf("%d traces of %v, none of %s", len(newest.Data), seen, service)
		}
	}
	t.Logf("%d traces, %d spans, %d services: the same in both", len(newest.Data), spans, len(seen))
}

// becomeSame waits until traces are the same on the site and in Jaeger, and returns how many spans they have, of which services.
func (s *stack) becomeSame(t *testing.T, traces []jaegerTrace) (spans int, services map[string]bool) {
	t.Helper()
	services = map[string]bool{}
	for _, trace := range traces {
		ours := &trace
		eventually(t, "a trace is the same in both", func() error {
			if fresh, err := traceOf(s.site, trace.TraceID); err == nil {
				ours = fresh // it may have grown; the site may also have forgotten it
			}
			return s.sameTrace(ours)
		})
		spans += len(ours.Spans)
		maps.Copy(services, ours.services())
	}
	return spans, services
}

// Sends that a dead broker made fail, and that were tried again, are the same in Jaeger: errors, statuses and what is missing.
func (s *stack) sameFailures(t *testing.T) {
	var answer struct{ Data []jaegerTrace }
	if err := fetch(s.site+"/api/traces?service=producer&limit=400", &answer); err != nil {
		t.Fatal(err)
	}
	failed := slices.DeleteFunc(answer.Data, func(trace jaegerTrace) bool {
		return !slices.ContainsFunc(trace.Spans, func(s jaegerSpan) bool { return s.tag("otel.status_code") == "ERROR" })
	})
	if len(failed) == 0 {
		t.Error("no send has failed")
	}
	spans, _ := s.becomeSame(t, failed)
	t.Logf("%d traces with errors, %d spans: the same in both", len(failed), spans)
}

// sendsToJaeger is a producer that sends its spans to Jaeger directly while all others send to the site: they meet in one tree.
func (s *stack) sendsToJaeger(protocol, port string) func(*testing.T) {
	return func(t *testing.T) {
		service := "direct-" + port
		id := s.sendOnce(t, service, protocol, s.jaeger.ports[port])
		eventually(t, "Jaeger has one tree of both ways", func() error {
			found, err := traceOfMessage(s.jaeger.api(""), service, id)
			if err != nil {
				return err
			}
			theirs, err := traceOf(s.jaeger.api(""), found.TraceID)
			if err != nil {
				return err
			}
			there, err := otlpNodes(s.jaeger.api(""), theirs.TraceID, asSent)
			if err != nil {
				return err
			}
			if got, want := paths(there), goldenPaths(t); !slices.Equal(got, want) {
				return fmt.Errorf("%w: Jaeger's tree\n%s", errDifferent, strings.Join(got, "\n"))
			}
			ours, err := traceOf(s.site, theirs.TraceID)
			if err != nil {
				return err
			}
			if ours.services()[service] {
				t.Fatalf("%s sent its spans to the site", service)
			}
			if diff := difference(ours, theirs.without(service)); diff != "" {
				return fmt.Errorf("%w: trace %s, - the site, + Jaeger without the producer\n%s", errDifferent, theirs.TraceID, diff)
			}
			return nil
		})
	}
}
