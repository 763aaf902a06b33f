// Command compare runs Plume and Apache RocketMQ 5.5.0 on this machine, one after the other, and prints how they compare:
// synchronous sends of 128 bytes with 1 and 64 in flight and asynchronous flush, each pair's own client against its own
// broker, then Apache's unmodified client against Plume's broker; and the brokers' resident memory and start-up time.
//
//	go run ./test/interop/compare -measure 10s
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

// settings are how long to warm up and to measure, and where to work.
type settings struct {
	warmUp, measure time.Duration
	dir             string
}

func main() {
	s := settings{}
	flag.DurationVar(&s.warmUp, "warmup", 30*time.Second, "how long each run sends before it is measured; Java needs half a minute")
	flag.DurationVar(&s.measure, "measure", 10*time.Second, "how long each run is measured")
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
	theirs, err := measure(s, "Apache 5.5.0, its own client", apache, javaBench{apache})
	if err != nil {
		return err
	}
	ours, err := measure(s, "Plume, its own client", plume, plumeBench{plume})
	if err != nil {
		return err
	}
	mixed, err := measure(s, "Plume, Apache's client", plume, javaBench{apache})
	if err != nil {
		return err
	}
	report(theirs, ours, mixed)
	return nil
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

func report(theirs, ours, mixed *result) {
	fmt.Println()
	for _, n := range inFlight {
		fmt.Printf("%2d in flight: Plume's pair / Apache's pair            %6.2f\n", n, ours.rate[n]/theirs.rate[n])
	}
	for _, n := range inFlight {
		fmt.Printf("%2d in flight: Apache's client on Plume / on its own   %6.2f\n", n, mixed.rate[n]/theirs.rate[n])
	}
	for _, r := range []*result{theirs, ours} {
		fmt.Printf("%-30s broker RSS %5d MiB, registered after %v\n", r.name, r.rss>>20, r.started.Round(time.Millisecond))
	}
	fmt.Printf("broker RSS: Plume / Apache                            %6.3f\n", float64(ours.rss)/float64(theirs.rss))
}
