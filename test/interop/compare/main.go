// Command compare runs Plume and Apache RocketMQ 5.5.0 on this machine, one after the other, and prints how they compare:
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
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
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
	flag.DurationVar(&s.warmUp, "warmup", 30*time.Second, "how long each run sends before it is measured; Java needs half a minute")
	flag.DurationVar(&s.measure, "measure", 10*time.Second, "how long each run is measured")
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

// round is each pair's result, of runs one after the other.
type round struct{ theirs, ours, mixed *result }

func once(s settings, apache *referee.Apache, plume *referee.Plume) (r round, err error) {
	if r.theirs, err = measure(s, "Apache 5.5.0, its own client", apache, javaBench{apache}); err != nil {
		return r, err
	}
	if r.ours, err = measure(s, "Plume, its own client", plume, plumeBench{plume}); err != nil {
		return r, err
	}
	r.mixed, err = measure(s, "Plume, Apache's client", plume, javaBench{apache})
	return r, err
}

// pair starts a name server and a broker.
type pair interface {
	StartNameServer(dir string) (*referee.NameServer, error)
	StartBroker(dir string, c referee.BrokerConfig) (*referee.Broker, error)
}

// result is what one pair did.
type result struct {
	name    string
	rate    map[int]float64 // sends per second, by how many are in flight
	rss     int64           // the broker's, bytes, after the runs
	started time.Duration   // the broker's, until the name server knew it
}

// inFlight are the loads, the heavy one first, so that Java is warm for the light one.
var inFlight = []int{64, 1}

func measure(s settings, name string, servers pair, client bench) (*result, error) {
	home, err := os.MkdirTemp(s.dir, "pair-")
	if err != nil {
		return nil, err
	}
	ns, err := servers.StartNameServer(home)
	if err != nil {
		return nil, err
	}
	defer ns.Kill()
	broker, err := servers.StartBroker(home, referee.BrokerConfig{NameServer: ns.Addr, Store: filepath.Join(home, "store"),
		Extra: map[string]string{"mappedFileSizeCommitLog": strconv.Itoa(1 << 30), "sendMessageThreadPoolNums": "4"},
		JVM:   []string{"-Xms1g", "-Xmx1g"}})
	if err != nil {
		return nil, err
	}
	defer broker.Kill()
	r := &result{name: name, rate: map[int]float64{}, started: broker.Started}
	for _, n := range inFlight {
		if r.rate[n], err = client.run(s, home, ns.Addr, n); err != nil {
			return nil, err
		}
		fmt.Printf("%-30s %2d in flight  %9.0f sends/s\n", name, n, r.rate[n])
	}
	r.rss, err = residentMemory(broker.PID())
	return r, err
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
