package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

var errNoSummary = errors.New("no summary")

// result is what one run came to.
type result struct {
	rate    float64       // sends per second
	cpu     time.Duration // of producer and broker, per send; zero where it is not known
	spans   int64         // that the receiver took
	dropped int64         // that producer and broker could not export
}

// once measures one way of tracing with a cluster of its own. The zero way is without any.
func (s *settings) once(w way) (*result, error) {
	home, err := os.MkdirTemp(s.dir, "run-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	plume := *s.plume
	var receiver *referee.Process
	if w.level != "" {
		if receiver, err = startSink(home); err != nil {
			return nil, err
		}
		defer receiver.Kill()
		endpoint, err := sinkEndpoint(receiver)
		if err != nil {
			return nil, err
		}
		plume.Env = []string{"OTEL_SDK_DISABLED=false", "OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint}
	}
	ns, err := s.plume.StartNameServer(home)
	if err != nil {
		return nil, err
	}
	defer ns.Kill()
	broker, err := plume.StartBroker(home, referee.BrokerConfig{NameServer: ns.Addr, Store: filepath.Join(home, "store"), Flags: w.flags()})
	if err != nil {
		return nil, err
	}
	defer broker.Kill()
	return s.bench(&plume, home, ns.Addr, broker, w, receiver)
}

// flags are those that a traced program is started with.
func (w way) flags() []string {
	if w.level == "" {
		return nil
	}
	return []string{"--trace-level", w.level}
}

// bench runs the producer, and looks at what producer and broker need of the processors meanwhile.
func (s *settings) bench(plume *referee.Plume, home, nameServer string, broker *referee.Broker, w way, receiver *referee.Process) (*result, error) {
	args := append([]string{"bench", "BenchmarkTest", "--namesrv", nameServer, "--warmup", s.warmUp.String(), "--duration", s.measure.String(), "--json"}, w.flags()...)
	if w.share != "" {
		args = append(args, "--sample-ratio", w.share) // which the broker follows
	}
	p, err := plume.Command(home, args...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.warmUp+s.measure+time.Minute)
	defer cancel()
	time.Sleep(s.warmUp + s.measure/10)
	began, used := time.Now(), processorTime(p.PID())+processorTime(broker.PID())
	time.Sleep(s.measure * 8 / 10)
	took := time.Since(began)
	used = processorTime(p.PID()) + processorTime(broker.PID()) - used
	lines, err := p.Wait(ctx)
	if err != nil {
		return nil, err
	}
	r, err := summary(lines)
	if err != nil {
		return nil, fmt.Errorf("%w in: %s", err, p.Output())
	}
	r.cpu = time.Duration(float64(used) / took.Seconds() / r.rate)
	if receiver == nil {
		return r, nil
	}
	if err := broker.Stop(); err != nil {
		return nil, err
	}
	r.dropped += droppedBy(broker.Output())
	r.spans = spansOf(receiver)
	return r, nil
}

// warned is how a program says how many spans it had no room for.
var warned = regexp.MustCompile(`(\d+) spans dropped`)

// droppedBy adds up what a program said.
func droppedBy(output string) (n int64) {
	for _, said := range warned.FindAllStringSubmatch(output, -1) {
		more, _ := strconv.ParseInt(said[1], 10, 64)
		n += more
	}
	return n
}

// summary reads what the producer printed.
func summary(lines []referee.Line) (*result, error) {
	for _, l := range lines {
		rate, err := strconv.ParseFloat(l.Text("perSecond"), 64)
		if err != nil {
			continue
		}
		r := &result{rate: rate}
		r.dropped, _ = strconv.ParseInt(l.Text("droppedSpans"), 10, 64)
		return r, nil
	}
	return nil, errNoSummary
}
