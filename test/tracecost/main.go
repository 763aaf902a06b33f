// Command tracecost measures what tracing costs on this machine: the rate of synchronous sends of 128 bytes, 64 in flight, through a
// name server and a broker, at each level of detail and share of recorded traces, beside the rate with tracing off. Producer and
// broker both record, and export over OTLP to a receiver in a process of its own. A machine's speed changes within seconds, so each run has
// one without tracing beside it: the two clusters take turns of 200 ms, in which all processes of the other are stopped. Of several
// rounds, each with new clusters, the medians count.
//
//	go run ./test/tracecost -rounds 7 -level steps
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
	"github.com/plumemq/plume/test/interop/turns"
)

// settings are how long to run, and where.
type settings struct {
	warmUp, measure time.Duration
	rounds          int
	only            string // run this level alone
	share           string // and this share
	markdown        bool
	dir             string
	plume           *referee.Plume
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == sinkArg {
		exit(sink())
	}
	s := &settings{}
	flag.DurationVar(&s.warmUp, "warmup", 2*time.Second, "how long each cluster sends before it is measured")
	flag.DurationVar(&s.measure, "measure", 20*time.Second, "how long each cluster is measured")
	flag.IntVar(&s.rounds, "rounds", 3, "how often each way of tracing is measured")
	flag.StringVar(&s.only, "level", "", "measure this level of detail alone")
	flag.StringVar(&s.share, "share", "", "measure this share of recorded traces alone, such as 0.01")
	flag.BoolVar(&s.markdown, "markdown", false, "print the table as Markdown")
	flag.Parse()
	exit(run(s))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracecost:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// way is one way to trace.
type way struct {
	level string
	share string // of the traces; "" with tracing off
	apart bool   // each is drawn for itself, however many they are
}

// ways are the rows of the table. The first is "off" while a receiver is configured: nothing is to be recorded.
func ways() []way {
	return []way{
		{level: "off", share: "1"},
		{level: "semconv", share: "0.01"}, {level: "semconv", share: "1"},
		{level: "steps", share: "0.01"}, {level: "steps", share: "0.01", apart: true}, {level: "steps", share: "0.1"}, {level: "steps", share: "1"},
		{level: "deep", share: "1"},
	}
}

var errWay = errors.New("no such way of tracing is measured")

// asked says whether a way of tracing is to be measured.
func (s *settings) asked(w way) bool {
	return (s.only == "" || w.level == s.only) && (s.share == "" || w.share == s.share)
}

func run(s *settings) error {
	dir, err := os.MkdirTemp("", "plume-tracecost-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = dir
	if s.plume, err = referee.BuildPlume(context.Background(), dir); err != nil {
		return err
	}
	if !slices.ContainsFunc(ways(), s.asked) {
		return fmt.Errorf("%w: level %s, share %s", errWay, s.only, s.share)
	}
	t := table{out: os.Stdout, markdown: s.markdown}
	t.head()
	for _, w := range ways() {
		if !s.asked(w) {
			continue
		}
		pairs, err := s.pairs(w)
		if err != nil {
			return err
		}
		t.row(w, pairs)
	}
	return nil
}

// pair is a run without tracing and one with it, at the same time and never at the same moment.
type pair struct{ without, with *result }

// pairs measures one way of tracing, in several rounds.
func (s *settings) pairs(w way) ([]pair, error) {
	out := make([]pair, s.rounds)
	for i := range out {
		var err error
		if out[i], err = s.pair(w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pair runs two clusters in turns: one without tracing, one with it.
func (s *settings) pair(w way) (p pair, err error) {
	without, err := s.start(way{})
	if err != nil {
		return p, err
	}
	defer without.kill()
	if err := without.Pause(); err != nil { // the other is to have the machine for itself from its first span on
		return p, err
	}
	with, err := s.start(w)
	if err != nil {
		return p, err
	}
	defer with.kill()
	if err := turns.Take([]turns.Side{with, without}, time.Now().Add(2*(s.warmUp+s.measure)+time.Second)); err != nil {
		return p, err
	}
	if p.without, err = without.finish(); err != nil {
		return p, err
	}
	p.with, err = with.finish()
	return p, err
}
