//go:build stack

package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/plumemq/plume/internal/dashboards"
)

// maxMemory is for everything but Grafana, Jaeger and Prometheus, in KiB.
const maxMemory = 200 << 10

// stack is the topology, running.
type stack struct {
	dir        string
	project    *types.Project
	processes  map[string]*process
	metrics    map[string]string // service -> host:port of its metrics
	brokers    map[string]string
	site       string // http://host:port
	otlp       string
	namesrv    string
	prometheus string
	forward    string  // where the site sends its spans on to
	jaeger     *jaeger // nil where it cannot be built
	noJaeger   string  // why
}

func TestStack(t *testing.T) {
	prometheus, err := exec.LookPath("prometheus")
	if err != nil {
		missing(t, "no prometheus: apt-get install prometheus")
	}
	s := &stack{
		dir: t.TempDir(), project: compose(t), prometheus: "http://" + freePort(t),
		processes: map[string]*process{}, metrics: map[string]string{}, brokers: map[string]string{},
	}
	s.startJaeger(t)
	s.startSite(t)
	s.startNamesrv(t)
	s.startBroker(t, "broker-a")
	s.startBroker(t, "broker-b")
	eventually(t, "both brokers are registered", func() error {
		return healthy(t, "health", "namesrv", "--addr", s.namesrv, "--brokers", "2")
	})
	s.startClient(t, "consumer")
	s.startClient(t, "producer")
	s.startPrometheus(t, prometheus)

	t.Run("Jaeger starts from the compose file's configuration", s.withJaeger(s.jaegerStarts))
	t.Run("a trace needs no click", s.firstTrace)
	t.Run("both brokers have their share", s.bothBrokers)
	t.Run("every dashboard query has data", s.dashboardsHaveData)
	t.Run("every alert is evaluated", s.alertsEvaluate)
	t.Run("exemplars lead to traces and pages", s.exemplars)
	t.Run("Jaeger knows the same services", s.withJaeger(s.sameServices))
	t.Run("Jaeger has the tree of a cold send", s.withJaeger(s.sameColdSend))
	t.Run("Jaeger has the same trees", s.withJaeger(s.sameTrees))
	t.Run("Jaeger links every step to its page", s.withJaeger(s.linksToPages))
	t.Run("Jaeger takes spans over gRPC", s.withJaeger(s.sendsToJaeger("grpc", "4317")))
	t.Run("Jaeger takes spans over HTTP", s.withJaeger(s.sendsToJaeger("http/protobuf", "4318")))
	t.Run("Jaeger's monitor has rates, errors and durations", s.withJaeger(s.monitor))
	t.Run("memory", s.memory)
	t.Run("faults are seen and healed", s.faults)
	t.Run("a dead broker raises an alert", s.deadBroker)
	t.Run("Jaeger has the same trees of what failed", s.withJaeger(s.sameFailures))
}

// run starts a plume service with the command and the environment of the compose file, its addresses put in the place of those of the
// compose network.
func (s *stack) run(t *testing.T, name string, more ...string) *process {
	t.Helper()
	svc, ok := s.project.Services[name]
	if !ok {
		t.Fatalf("the compose file has no service %s", name)
	}
	replace := strings.NewReplacer("0.0.0.0:9876", "127.0.0.1:0", "0.0.0.0:5557", "127.0.0.1:0", "0.0.0.0:8088", "127.0.0.1:0",
		"0.0.0.0:4317", "127.0.0.1:0", "0.0.0.0:4318", "127.0.0.1:0", "jaeger:4317", s.forward, "site:4317", s.otlp, "namesrv:9876", s.namesrv,
		"/etc/plume/broker.conf", bound(svc, "/etc/plume/broker.conf"))
	args := make([]string, 0, len(svc.Command)+len(more))
	for _, a := range svc.Command {
		args = append(args, replace.Replace(a))
	}
	var env []string
	for k, v := range svc.Environment {
		env = append(env, k+"="+replace.Replace(*v))
	}
	p := start(t, name, s.dir, env, binary(t), append(args, more...)...)
	s.processes[name] = p
	return p
}

// bound is the file of this repository that a service sees at a path.
func bound(svc types.ServiceConfig, target string) string {
	for _, v := range svc.Volumes {
		if v.Target == target {
			return v.Source
		}
	}
	return target
}

func (s *stack) startSite(t *testing.T) {
	p := s.run(t, "site")
	s.site = p.find(t, `site: (http://\S+),`)
	s.otlp = p.find(t, `over gRPC on (\S+),`)
	s.metrics["site"] = strings.TrimPrefix(s.site, "http://")
	eventually(t, "the site is healthy", func() error { return healthy(t, "health", "http", s.site+"/api/services") })
}

func (s *stack) startNamesrv(t *testing.T) {
	p := s.run(t, "namesrv")
	s.namesrv = p.find(t, `listening on (\S+)`)
	s.metrics["namesrv"] = p.find(t, `metrics: http://([^/\s]+)`)
}

func (s *stack) startBroker(t *testing.T, name string) {
	p := s.run(t, name, "--namesrv="+s.namesrv, "--listen=127.0.0.1:0", "--broker-ip=127.0.0.1", "--store="+filepath.Join(s.dir, name), "--metrics-addr=127.0.0.1:0")
	s.brokers[name] = p.find(t, `listening on (\S+),`)
	s.metrics[name] = p.find(t, `metrics: http://([^/\s]+)`)
	eventually(t, name+" is healthy", func() error { return healthy(t, "health", "broker", "--addr", s.brokers[name]) })
}

func (s *stack) startClient(t *testing.T, name string) {
	admin := freePort(t)
	p := s.run(t, name, "--admin-addr="+admin)
	s.metrics[name] = p.find(t, `metrics: http://([^/\s]+)`)
	eventually(t, name+" is healthy", func() error { return healthy(t, "health", "http", "http://"+admin+"/health") })
}

// healthy runs the program's own health check, as the compose file does.
func healthy(t *testing.T, args ...string) error {
	t.Helper()
	if out, err := exec.Command(binary(t), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// startPrometheus runs Debian's Prometheus on the files that the compose file mounts. Only the addresses in targets/ differ.
func (s *stack) startPrometheus(t *testing.T, path string) {
	dir := filepath.Join(s.dir, "prometheus")
	if err := os.CopyFS(dir, os.DirFS(deploy("prometheus"))); err != nil {
		t.Fatal(err)
	}
	var targets []struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}
	file := filepath.Join(dir, "targets/rocketmq.json")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &targets); err != nil {
		t.Fatal(err)
	}
	for i := range targets {
		addr, ok := s.metrics[targets[i].Labels["service"]]
		if !ok {
			t.Fatalf("%v is scraped, and is no service", targets[i])
		}
		targets[i].Targets = []string{addr}
	}
	if b, err = json.Marshal(targets); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s.scrapeJaeger(t, filepath.Join(dir, "targets/jaeger.json"))
	replace := strings.NewReplacer("/etc/prometheus", dir, "=/prometheus", "="+filepath.Join(s.dir, "tsdb"))
	args := []string{"--web.listen-address=" + strings.TrimPrefix(s.prometheus, "http://")}
	for _, a := range s.project.Services["prometheus"].Command {
		args = append(args, replace.Replace(a))
	}
	start(t, "prometheus", s.dir, nil, path, args...)
	eventually(t, "Prometheus is ready", func() error { return fetch(s.prometheus+"/-/ready", nil) })
}

var errStatus = errors.New("not 200")

// get gets a URL.
func get(address string) ([]byte, error) {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: %s: %s %s", errStatus, address, resp.Status, tail(string(body), 3))
	}
	return body, err
}

// fetch gets a URL, and its JSON if v is not nil.
func fetch(address string, v any) error {
	body, err := get(address)
	if err != nil || v == nil {
		return err
	}
	return json.Unmarshal(body, v)
}

type sample struct {
	Metric map[string]string
	Value  [2]any
}

// ask evaluates an expression.
func (s *stack) ask(expr string) ([]sample, error) {
	var answer struct{ Data struct{ Result []sample } }
	err := fetch(s.prometheus+"/api/v1/query?"+url.Values{"query": {expr}}.Encode(), &answer)
	return answer.Data.Result, err
}

func number(r []sample) string {
	if len(r) == 0 {
		return ""
	}
	return fmt.Sprint(r[0].Value[1])
}

// The site has a whole trace, from producer to consumer, without anybody's doing.
func (s *stack) firstTrace(t *testing.T) {
	eventually(t, "a trace with all services", func() error {
		_, err := s.wholeTrace()
		return err
	})
}

// The topic is on both brokers, whoever sent first.
func (s *stack) bothBrokers(t *testing.T) {
	s.becomes(t, "messages come in at both brokers", `count(sum by (node_id) (rocketmq_messages_in_total{topic="TopicTest"}) > 0)`, "2")
}

var errNoData = errors.New("no data")

func (s *stack) dashboardsHaveData(t *testing.T) {
	left := queries()
	t.Logf("%d queries", len(left))
	eventually(t, "every query has data", func() error {
		var first error
		left = slices.DeleteFunc(left, func(q query) bool {
			r, err := s.ask(q.expr)
			if err == nil && !slices.ContainsFunc(r, func(x sample) bool { return x.Value[1] != "NaN" }) {
				err = errNoData
			}
			if err != nil && first == nil {
				first = fmt.Errorf("%s: %s: %w", q.where, q.expr, err)
			}
			return err == nil
		})
		if first != nil {
			return fmt.Errorf("%d queries: %w", len(left), first)
		}
		return nil
	})
}

func (s *stack) alertsEvaluate(t *testing.T) {
	for _, a := range dashboards.Alerts() {
		eventually(t, a.Name+" has a value", func() error {
			r, err := s.ask(a.Expr)
			if err == nil && len(r) == 0 {
				err = errNoData
			}
			return err
		})
	}
	eventually(t, "Prometheus has evaluated all rules", func() error {
		var answer struct {
			Data struct {
				Groups []struct {
					Rules []struct{ Name, Health, LastError string }
				}
			}
		}
		if err := fetch(s.prometheus+"/api/v1/rules", &answer); err != nil {
			return err
		}
		n := 0
		for _, g := range answer.Data.Groups {
			for _, r := range g.Rules {
				n++
				if r.Health != "ok" {
					return fmt.Errorf("%s is %s %s", r.Name, r.Health, r.LastError)
				}
			}
		}
		if n != len(dashboards.Alerts()) {
			return fmt.Errorf("%d rules, want %d", n, len(dashboards.Alerts()))
		}
		return nil
	})
}

// An exemplar of the send path leads to its trace, and to the page of its step.
func (s *stack) exemplars(t *testing.T) {
	eventually(t, "an exemplar whose trace is in the store", func() error {
		var answer struct {
			Data []struct {
				SeriesLabels map[string]string
				Exemplars    []struct{ Labels map[string]string }
			}
		}
		now := time.Now()
		q := url.Values{"query": {`rocketmq_step_duration_seconds_bucket{step="commitlog.asyncPutMessage"}`},
			"start": {fmt.Sprint(now.Add(-time.Minute).Unix())}, "end": {fmt.Sprint(now.Unix())}}
		if err := fetch(s.prometheus+"/api/v1/query_exemplars?"+q.Encode(), &answer); err != nil {
			return err
		}
		last := errNoData
		for _, series := range answer.Data {
			for _, x := range series.Exemplars {
				id := x.Labels["trace_id"]
				if last = fetch(s.site+"/api/traces/"+id, nil); last != nil {
					continue
				}
				return redirects(s.site+"/step/"+series.SeriesLabels["step"]+"?trace="+id, "/trace/"+id)
			}
		}
		return last
	})
}

// redirects wants a link, such as Jaeger's, to lead to a page.
func redirects(link, page string) error {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(link)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if to := resp.Header.Get("Location"); !strings.HasPrefix(to, page) {
		return fmt.Errorf("%s: %s leads to %q, want %s", resp.Status, link, to, page)
	}
	return nil
}

// wholeTrace is a recent send that went through a broker to the consumer.
func (s *stack) wholeTrace() (*jaegerTrace, error) {
	var answer struct{ Data []jaegerTrace }
	if err := fetch(s.site+"/api/traces?service=producer&limit=40", &answer); err != nil {
		return nil, err
	}
	for i := range answer.Data {
		services := answer.Data[i].services()
		if services["producer"] && services["consumer"] && (services["broker-a"] || services["broker-b"]) {
			return &answer.Data[i], nil
		}
	}
	return nil, fmt.Errorf("%w: %d traces, none of them whole", errNoData, len(answer.Data))
}

var errMuchMemory = errors.New("too much memory")

// All services together stay below the limit even when the pages of the one program, which the machine keeps once, are counted for each
// of them. Heaps that grew in a busy moment shrink soon after it.
func (s *stack) memory(t *testing.T) {
	var table strings.Builder
	eventually(t, "all services fit", func() error {
		table.Reset()
		var all memory
		for _, name := range slices.Sorted(maps.Keys(s.processes)) {
			m := s.processes[name].memory(t)
			fmt.Fprintf(&table, "\n%-10s %v", name, m)
			all = all.plus(m)
		}
		fmt.Fprintf(&table, "\n%-10s %v", "all", all)
		if all.rss > maxMemory {
			return fmt.Errorf("%w, want at most %d MB:%s", errMuchMemory, maxMemory>>10, &table)
		}
		return nil
	})
	t.Log(&table)
}

// The chaos service takes write permission from a broker: its permission shows it, producers go to the other one as soon as they have
// asked the name server, no send fails, and all is well after the service was stopped in the middle.
func (s *stack) faults(t *testing.T) {
	p := s.run(t, "chaos", "--brokers="+s.brokers["broker-a"], "--admin-addr="+freePort(t), "--metrics-addr=127.0.0.1:0", "--every=10m", "--for=9m")
	s.becomes(t, "the broker's permission is gone", `min(rocketmq_broker_permission)`, "4")
	s.becomes(t, "producers go to the other broker", `sum(rate(rocketmq_client_queue_selected_total{broker="broker-a"}[6s]))`, "0")
	s.becomes(t, "no send failed", `sum(increase(messaging_client_sent_messages_total{error_type!=""}[1m])) or vector(0)`, "0")
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.done
	s.becomes(t, "the broker is healed", `min(rocketmq_broker_permission)`, "6")
}

// becomes waits until an expression has a value.
func (s *stack) becomes(t *testing.T, what, expr, want string) {
	t.Helper()
	eventually(t, what, func() error {
		if r, err := s.ask(expr); err != nil || number(r) != want {
			return fmt.Errorf("%s is %q, want %s; %w", expr, number(r), want, errors.Join(err, errNoData))
		}
		return nil
	})
}

// A broker that is killed raises the alert; sends that were on their way to it are tried again, and go on at the other one.
func (s *stack) deadBroker(t *testing.T) {
	p := s.processes["broker-b"]
	_ = p.cmd.Process.Kill()
	<-p.done
	eventually(t, "BrokerGone fires", func() error {
		if r, err := s.ask(`ALERTS{alertname="BrokerGone",alertstate="firing"}`); err != nil || len(r) == 0 {
			return errors.Join(errNoData, err)
		}
		return nil
	})
	eventually(t, "the producer has tried again", func() error {
		r, err := s.ask(`sum(rocketmq_client_retries_total) > 0`)
		if err == nil && len(r) == 0 {
			err = errNoData
		}
		return err
	})
	eventually(t, "sends go on", func() error {
		r, err := s.ask(`sum(rate(rocketmq_messages_in_total{node_id="broker-a"}[10s])) > 0`)
		if err == nil && len(r) == 0 {
			err = errNoData
		}
		return err
	})
}
