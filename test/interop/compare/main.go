// Command compare runs Plume and Apache RocketMQ 5.5.0 on this machine, in turns of 200 ms, and prints how they compare:
// synchronous sends of 128 bytes with 1 and 64 in flight and asynchronous flush, each pair's own client against its own
// broker, then Apache's unmodified client against Plume's broker; and the brokers' resident memory and start-up time.
//
//	go run ./test/interop/compare -measure 10s
//	go run ./test/interop/compare -rounds 3 -markdown -picture docs/images/performance.svg
//
// Apache's client is org.apache.rocketmq.example.benchmark.Producer, Plume's is plume bench. It needs a JDK and Maven.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
	"github.com/plumemq/plume/test/interop/turns"
)

// bodySize is that of every message, in bytes.
const bodySize = 128

// settings are how long to warm up and to measure, how often, where to work, and what to make of it.
type settings struct {
	warmUp, measure time.Duration
	rounds          int
	markdown        bool
	picture         string // a file; none if empty
	dir             string
}

func main() {
	s := settings{}
	flag.DurationVar(&s.warmUp, "warmup", 30*time.Second, "how long each pair sends, by its turns, before it is measured; Java needs half a minute")
	flag.DurationVar(&s.measure, "measure", 10*time.Second, "how long each pair is measured, by its turns")
	flag.IntVar(&s.rounds, "rounds", 1, "how often to run it all; ratios are those of the middle round, so that a machine that changes its speed spoils few")
	flag.BoolVar(&s.markdown, "markdown", false, "print a table in Markdown at the end")
	flag.StringVar(&s.picture, "picture", "", "write a picture of the results, an SVG, to this `file`")
	flag.Parse()
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	dir, err := os.MkdirTemp("", "plume-compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = dir
	ctx := context.Background()
	apache, err := referee.Install(ctx, referee.Apache550)
	if err != nil {
		return err
	}
	plume, err := referee.BuildPlume(ctx, dir)
	if err != nil {
		return err
	}
	var rounds []round
	for range max(s.rounds, 1) {
		r, err := once(s, apache, plume)
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
	}
	return s.tell(comparisons(rounds))
}

// round is each pair's result.
type round struct{ theirs, ours, mixed *result }

func once(s settings, apache *referee.Apache, plume *referee.Plume) (r round, err error) {
	var pairs []*pair
	defer func() {
		for _, p := range pairs {
			p.kill()
		}
	}()
	for _, c := range []struct {
		name    string
		servers servers
		client  bench
	}{
		{"Apache 5.5.0, its own client", apache, javaBench{apache}},
		{"Plume, its own client", plume, plumeBench{plume}},
		{"Plume, Apache's client", plume, javaBench{apache}},
	} {
		p, err := start(s, c.name, c.servers, c.client)
		if err != nil {
			return r, err
		}
		pairs = append(pairs, p)
	}
	for _, n := range inFlight {
		if err := s.load(pairs, n); err != nil {
			return r, err
		}
	}
	for _, p := range pairs {
		if p.rss, err = residentMemory(p.broker.PID()); err != nil {
			return r, err
		}
	}
	return round{&pairs[0].result, &pairs[1].result, &pairs[2].result}, nil
}

// load has the pairs' clients keep n messages in flight, in turns, and notes their rates.
func (s settings) load(pairs []*pair, n int) (err error) {
	var sides []turns.Side
	for _, p := range pairs {
		if p.producer, err = p.client.start(s, p.home, p.nameServer.Addr, n, len(pairs)); err != nil {
			return err
		}
		defer p.producer.Kill()
		sides = append(sides, p)
	}
	measured := turns.Interval{From: time.Now().Add(s.warmUp * time.Duration(len(pairs)))}
	measured.To = measured.From.Add(s.measure * time.Duration(len(pairs)))
	if err := turns.Take(sides, measured.To.Add(2*time.Second)); err != nil {
		return err
	}
	for _, p := range pairs {
		if p.rate[n], err = p.client.rate(p.producer, p.ran, measured); err != nil {
			return err
		}
		fmt.Printf("%-30s %2d in flight  %9.0f sends/s\n", p.name, n, p.rate[n])
	}
	return nil
}

// residentMemory is a process's, in bytes.
func residentMemory(pid int) (int64, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ps: %w", err)
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kib * 1024, err
}
