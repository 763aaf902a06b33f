package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
	"github.com/plumemq/plume/test/interop/turns"
)

// result is what one run came to.
type result struct {
	rate    float64       // sends per second in which it ran
	cpu     time.Duration // of producer and broker, per send; zero where it is not known
	spans   int64         // that the receiver took
	dropped int64         // that producer and broker could not export
}

// cluster is a name server, a broker and a producer that traces in one way, and the receiver of the spans.
type cluster struct {
	way        way
	home       string
	nameServer *referee.NameServer
	broker     *referee.Broker
	producer   *referee.Process
	receiver   *referee.Process // nil without tracing

	ran  turns.Intervals
	used []usage
}

// usage is what producer and broker had used of the processors when a turn of theirs ended.
type usage struct {
	at        time.Time
	processor time.Duration
}

// start starts a cluster whose producer sends for as long as is wanted. The zero way is without any tracing.
func (s *settings) start(w way) (c *cluster, err error) {
	c = &cluster{way: w}
	defer func() {
		if err != nil {
			c.kill()
		}
	}()
	if c.home, err = os.MkdirTemp(s.dir, "run-"); err != nil {
		return c, err
	}
	plume := *s.plume
	if w.level != "" {
		if c.receiver, err = startSink(c.home); err != nil {
			return c, err
		}
		endpoint, err := sinkEndpoint(c.receiver)
		if err != nil {
			return c, err
		}
		plume.Env = []string{"OTEL_SDK_DISABLED=false", "OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint}
	}
	if c.nameServer, err = s.plume.StartNameServer(c.home); err != nil {
		return c, err
	}
	c.broker, err = plume.StartBroker(c.home, referee.BrokerConfig{NameServer: c.nameServer.Addr, Store: filepath.Join(c.home, "store"), Flags: w.flags()})
	if err != nil {
		return c, err
	}
	// Half of the time it is the other's turn.
	args := append([]string{"bench", "BenchmarkTest", "--namesrv", c.nameServer.Addr, "--json", "--warmup", (2 * s.warmUp).String(),
		"--duration", (2 * s.measure).String()}, w.flags()...)
	if w.share != "" {
		args = append(args, "--sample-ratio", w.share) // which the broker follows
	}
	if w.apart {
		args = append(args, "--sample-run", "1")
	}
	c.producer, err = plume.Command(c.home, args...)
	return c, err
}

// flags are those that a traced program is started with.
func (w way) flags() []string {
	if w.level == "" {
		return nil
	}
	return []string{"--trace-level", w.level}
}

// processes are those that run.
func (c *cluster) processes() (running turns.Processes) {
	for _, p := range []*referee.Process{c.producer, c.receiver} {
		if p != nil {
			running = append(running, p)
		}
	}
	if c.broker != nil {
		running = append(running, c.broker.Process)
	}
	if c.nameServer != nil {
		running = append(running, c.nameServer.Process)
	}
	return running
}

// Pause stops all processes where they are.
func (c *cluster) Pause() error { return c.processes().Pause() }

// Resume has them go on.
func (c *cluster) Resume() error { return c.processes().Resume() }

// Ran notes a turn, and what producer and broker have used of the processors by its end.
func (c *cluster) Ran(turn turns.Interval) {
	c.ran = append(c.ran, turn)
	c.used = append(c.used, usage{time.Now(), processorTime(c.producer.PID()) + processorTime(c.broker.PID())})
}

// kill ends all processes.
func (c *cluster) kill() {
	c.processes().Kill()
	_ = os.RemoveAll(c.home)
}

// finish waits for the producer's end and says what the run came to.
func (c *cluster) finish() (*result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	lines, err := c.producer.Wait(ctx)
	if err != nil {
		return nil, err
	}
	said, err := turns.ReadSummary(lines)
	if err != nil {
		return nil, fmt.Errorf("%w in: %s", err, c.producer.Output())
	}
	r := &result{rate: float64(said.Sent) / c.ran.Within(said.Measured).Seconds(), dropped: said.DroppedSpans}
	r.cpu = time.Duration(c.usedWithin(said.Measured) / r.rate * float64(time.Second))
	if c.receiver == nil {
		return r, nil
	}
	if err := c.broker.Stop(); err != nil {
		return nil, err
	}
	r.dropped += droppedBy(c.broker.Output())
	r.spans = spansOf(c.receiver)
	return r, nil
}

// usedWithin is how many processors producer and broker kept busy while they ran, by the turns that lie wholly in an interval.
func (c *cluster) usedWithin(in turns.Interval) float64 {
	var of []usage
	for _, u := range c.used {
		if u.at.After(in.From) && u.at.Before(in.To) {
			of = append(of, u)
		}
	}
	if len(of) < 2 {
		return 0
	}
	first, last := of[0], of[len(of)-1]
	return float64(last.processor-first.processor) / float64(c.ran.Within(turns.Interval{From: first.at, To: last.at}))
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
