package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// bench is a client that sends as fast as it can, n in flight, and knows its rate.
type bench interface {
	run(s settings, dir, nameServer string, n int) (float64, error)
}

// javaBench is Apache's own benchmark producer, unmodified.
type javaBench struct{ apache *referee.Apache }

// Every second it reports the rate of the last ten.
var reportedTPS = regexp.MustCompile(`(?m)TPS: (\d+)`)

func (b javaBench) run(s settings, dir, nameServer string, n int) (float64, error) {
	jvm := []string{"-Xms512m", "-Xmx512m"}
	p, err := b.apache.Class(dir, jvm, "org.apache.rocketmq.example.benchmark.Producer", "-n", nameServer, "-t", "BenchmarkTest",
		"-w", strconv.Itoa(n), "-s", strconv.Itoa(bodySize), "-ri", "1000")
	if err != nil {
		return 0, err
	}
	defer p.Kill()
	time.Sleep(2*time.Second + s.warmUp + max(s.measure, 10*time.Second))
	if p.Ended() {
		return 0, fmt.Errorf("%w: %s", referee.ErrEnded, p.Output())
	}
	reports := reportedTPS.FindAllStringSubmatch(p.Output(), -1)
	if len(reports) == 0 {
		return 0, fmt.Errorf("no report in: %s", p.Output())
	}
	return strconv.ParseFloat(reports[len(reports)-1][1], 64)
}

// plumeBench is plume bench.
type plumeBench struct{ plume *referee.Plume }

func (b plumeBench) run(s settings, dir, nameServer string, n int) (float64, error) {
	p, err := b.plume.Command(dir, "bench", "BenchmarkTest", "--namesrv", nameServer, "--in-flight", strconv.Itoa(n),
		"--size", strconv.Itoa(bodySize), "--warmup", s.warmUp.String(), "--duration", s.measure.String(), "--json")
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.warmUp+s.measure+time.Minute)
	defer cancel()
	lines, err := p.Wait(ctx)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		if rate, err := strconv.ParseFloat(l.Text("perSecond"), 64); err == nil {
			return rate, nil
		}
	}
	return 0, fmt.Errorf("no rate in: %s", p.Output())
}
