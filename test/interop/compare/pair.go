package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
	"github.com/plumemq/plume/test/interop/turns"
)

// inFlight are the loads, the heavy one first, so that Java is warm for the light one.
var inFlight = []int{64, 1}

// result is what one pair did.
type result struct {
	name    string
	rate    map[int]float64 // sends per second in which it ran, by how many are in flight
	rss     int64           // the broker's, bytes, after the runs
	started time.Duration   // the broker's, until the name server knew it
}

// servers start a name server and a broker.
type servers interface {
	StartNameServer(dir string) (*referee.NameServer, error)
	StartBroker(dir string, c referee.BrokerConfig) (*referee.Broker, error)
}

// pair is a client and a broker, with its name server.
type pair struct {
	result
	home       string
	nameServer *referee.NameServer
	broker     *referee.Broker
	client     bench
	producer   *referee.Process // nil before the first load
	ran        turns.Intervals
}

// start starts a pair's servers.
func start(s settings, name string, by servers, client bench) (p *pair, err error) {
	p = &pair{client: client, result: result{name: name, rate: map[int]float64{}}}
	defer func() {
		if err != nil {
			p.kill()
		}
	}()
	if p.home, err = os.MkdirTemp(s.dir, "pair-"); err != nil {
		return nil, err
	}
	if p.nameServer, err = by.StartNameServer(p.home); err != nil {
		return nil, err
	}
	p.broker, err = by.StartBroker(p.home, referee.BrokerConfig{NameServer: p.nameServer.Addr, Store: filepath.Join(p.home, "store"),
		Extra: map[string]string{"mappedFileSizeCommitLog": strconv.Itoa(1 << 30), "sendMessageThreadPoolNums": "4"},
		JVM:   []string{"-Xms1g", "-Xmx1g"}})
	if err != nil {
		return nil, err
	}
	p.started = p.broker.Started
	return p, nil
}

// processes are those that run.
func (p *pair) processes() (running turns.Processes) {
	if p.producer != nil {
		running = append(running, p.producer)
	}
	if p.broker != nil {
		running = append(running, p.broker.Process)
	}
	if p.nameServer != nil {
		running = append(running, p.nameServer.Process)
	}
	return running
}

func (p *pair) kill() { p.processes().Kill() }

// Pause stops all processes where they are.
func (p *pair) Pause() error { return p.processes().Pause() }

// Resume has them go on.
func (p *pair) Resume() error { return p.processes().Resume() }

// Ran notes a turn.
func (p *pair) Ran(turn turns.Interval) { p.ran = append(p.ran, turn) }
