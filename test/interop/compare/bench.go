package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
	"github.com/plumemq/plume/test/interop/turns"
)

// bench is a client that sends as fast as it can.
type bench interface {
	// start has it keep n messages in flight. It is one of several that take turns.
	start(s settings, dir, nameServer string, n, several int) (*referee.Process, error)
	// rate is how many it sent in a second of its turns, about when it was measured.
	rate(p *referee.Process, ran turns.Intervals, measured turns.Interval) (float64, error)
}

// javaBench is Apache's own benchmark producer, unmodified.
type javaBench struct{ apache *referee.Apache }

// Every second it reports the rate of the last ten.
var reportedTPS = regexp.MustCompile(`(?m)TPS: (\d+)`)

// reported is for how long a report speaks.
const reported = 10 * time.Second

func (b javaBench) start(_ settings, dir, nameServer string, n, _ int) (*referee.Process, error) {
	jvm := []string{"-Xms512m", "-Xmx512m"}
	return b.apache.Class(dir, jvm, "org.apache.rocketmq.example.benchmark.Producer", "-n", nameServer, "-t", "BenchmarkTest",
		"-w", strconv.Itoa(n), "-s", strconv.Itoa(bodySize), "-ri", "1000")
}

// rate is the mean of what it has reported of the measurement. The others' turns are in its seconds, too.
func (b javaBench) rate(p *referee.Process, ran turns.Intervals, measured turns.Interval) (float64, error) {
	if p.Ended() {
		return 0, fmt.Errorf("%w: %s", referee.ErrEnded, p.Output())
	}
	length := measured.To.Sub(measured.From)
	of := max(1, int((length - reported/2).Seconds()))
	mean, err := meanOfLast(of, reportedTPS.FindAllStringSubmatch(p.Output(), -1))
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, p.Output())
	}
	return mean * length.Seconds() / ran.Within(measured).Seconds(), nil
}

var errNoReport = errors.New("no report")

// meanOfLast is the mean of the numbers that a pattern found last.
func meanOfLast(n int, found [][]string) (float64, error) {
	if len(found) == 0 {
		return 0, errNoReport
	}
	last, sum := found[max(0, len(found)-n):], 0.0
	for _, m := range last {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum / float64(len(last)), nil
}

// plumeBench is plume bench.
type plumeBench struct{ plume *referee.Plume }

func (b plumeBench) start(s settings, dir, nameServer string, n, several int) (*referee.Process, error) {
	wall := func(own time.Duration) string { return (own * time.Duration(several)).String() }
	return b.plume.Command(dir, "bench", "BenchmarkTest", "--namesrv", nameServer, "--in-flight", strconv.Itoa(n),
		"--size", strconv.Itoa(bodySize), "--warmup", wall(s.warmUp), "--duration", wall(s.measure), "--json")
}

// rate waits for the summary, which says when it measured.
func (b plumeBench) rate(p *referee.Process, ran turns.Intervals, _ turns.Interval) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	lines, err := p.Wait(ctx)
	if err != nil {
		return 0, err
	}
	said, err := turns.ReadSummary(lines)
	if err != nil {
		return 0, fmt.Errorf("%w in: %s", err, p.Output())
	}
	return float64(said.Sent) / ran.Within(said.Measured).Seconds(), nil
}
