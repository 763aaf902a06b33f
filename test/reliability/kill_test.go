package reliability

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/plumemq/plume/namesrv"
)

const (
	brokerName = "broker-a"
	topic      = "Reliability"
	queues     = 4

	// fewestAcks is what must be acknowledged between a start and the kill that follows; less proves nothing.
	fewestAcks = 100
)

// victim is a broker that is killed and started again, always on the same port and store.
type victim struct {
	spec    childSpec
	addr    string
	process *process
	random  *rand.Rand
}

// newVictim starts a name server in this process and a broker in another, with a topic.
func newVictim(t *testing.T, spec childSpec) *victim {
	t.Helper()
	spec.NameServer, spec.Store, spec.Port = startNameServer(t), filepath.Join(t.TempDir(), "store"), freePort(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("the moments of the kills are of seed %d", seed)
	v := &victim{spec: spec, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(spec.Port)), random: rand.New(rand.NewPCG(seed, 0))}
	v.start(t)
	newReader(t, v.addr).createTopic(t, topic, queues)
	return v
}

func startNameServer(t *testing.T) string {
	t.Helper()
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort = 0
	ns, err := namesrv.New(cfg, namesrv.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := ns.Shutdown(ctx); err != nil {
			t.Errorf("stop the name server: %v", err)
		}
	})
	return ns.Addr().String()
}

// freePort is one below those that systems give to outgoing connections, so that nobody takes it while the broker is down.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 15000 + rand.IntN(10000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// start starts the broker and waits until it serves.
func (v *victim) start(t *testing.T) {
	t.Helper()
	v.process = spawn(t, v.spec, nil)
	v.process.awaitReady(t)
}

// round lets the load run, kills the broker at a moment of chance, and starts it again. One time in three it kills a starting one too:
// recovery must survive that.
func (v *victim) round(t *testing.T, l *load) {
	t.Helper()
	awaitAcks(t, l, l.ledger.count()+fewestAcks)
	time.Sleep(time.Duration(v.random.Int64N(int64(200 * time.Millisecond))))
	v.process.kill()
	if v.random.IntN(3) == 0 {
		p := spawn(t, v.spec, nil)
		time.Sleep(time.Duration(v.random.Int64N(int64(150 * time.Millisecond))))
		p.kill()
	}
	v.start(t)
}

// awaitAcks waits until so many messages are acknowledged.
func awaitAcks(t *testing.T, l *load, want int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for l.ledger.count() < want {
		if time.Now().After(deadline) {
			t.Fatalf("invalid run: %d acknowledged messages after %v, %d are the least", l.ledger.count(), patience, want)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Whoever was told SEND_OK finds the message where he was told, however often the broker is killed, with either way of flushing: a
// kill takes the process and not the page cache.
func TestKill(t *testing.T) {
	for _, syncFlush := range []bool{false, true} {
		t.Run(fmt.Sprintf("syncFlush=%v", syncFlush), func(t *testing.T) {
			t.Parallel()
			rounds := kills(t, 4)
			v := newVictim(t, childSpec{SyncFlush: syncFlush})
			l := startLoad(t, v.spec.NameServer, topic)
			saw := followTopic(t, v.addr)
			for range rounds {
				v.round(t, l)
			}
			awaitAcks(t, l, l.ledger.count()+fewestAcks)
			l.stop()
			h := history{acks: l.ledger.all(), earlier: saw(), queues: newReader(t, v.addr).drainAll(t, topic, queues)}
			report(t, check(h))
			if len(h.earlier) < fewestAcks {
				t.Errorf("invalid run: %d messages were read on the way", len(h.earlier))
			}
			t.Logf("%d kills: %d messages acknowledged, %d sends failed, %d read on the way", rounds, len(h.acks), l.ledger.failed, len(h.earlier))

			v.process.stop(t)
			v.start(t)
			h.queues = newReader(t, v.addr).drainAll(t, topic, queues)
			report(t, check(h)) // and so after a stop in good order
		})
	}
}

// followTopic reads along until the returned function is called, which says what was seen.
func followTopic(t *testing.T, addr string) func() map[place]seen {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan map[place]seen, 1)
	r := newReader(t, addr)
	go func() { result <- r.follow(ctx, topic, queues) }()
	t.Cleanup(cancel)
	return func() map[place]seen {
		cancel()
		return <-result
	}
}
