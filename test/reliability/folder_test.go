package reliability

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// storedMessages is how many messages the folders of these tests hold: enough for several files of each kind.
const storedMessages = 2200

// local runs a broker in this process, without a name server.
func local(t *testing.T, cfg broker.Config, deps broker.Deps) (*broker.Broker, *reader) {
	t.Helper()
	b, err := tryLocal(t, cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	return b, newReader(t, b.Addr().String())
}

// tryLocal is local where the start may fail.
func tryLocal(t *testing.T, cfg broker.Config, deps broker.Deps) (*broker.Broker, error) {
	t.Helper()
	b, err := broker.New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = shutdown(b) }) // again, for tests that fail
	return b, nil
}

func shutdown(b *broker.Broker) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return b.Shutdown(ctx)
}

// fill stores messages in queue 0 of the topic; the i-th has the body of newBody(0, i).
func fill(t *testing.T, r *reader, from, n int) {
	t.Helper()
	for i := range n {
		r.must(t, protocol.SendMessageV2, sendHeader(topic, 0), nil, newBody(0, from+i))
	}
}

// wantMessages checks that queue 0 holds those of fill.
func wantMessages(t *testing.T, r *reader, n int) {
	t.Helper()
	awaitEnd(t, r, 0, int64(n))
	for i, m := range r.read(t, topic, 0) {
		if m.QueueOffset != int64(i) || hashOf(m.Body) != filledHash(i) {
			t.Fatalf("message %d is another one, or has offset %d", i, m.QueueOffset)
		}
	}
}

// filledHash is the hash of the i-th body of fill.
func filledHash(i int) uint64 {
	if hash, ok := filledHashes.Load(i); ok {
		return hash.(uint64)
	}
	hash := hashOf(newBody(0, i))
	filledHashes.Store(i, hash)
	return hash
}

// filledHashes remembers what filledHash has said: int to uint64. Bodies take long to make.
var filledHashes sync.Map

// pristine is a folder that a broker has filled and left in good order, and one as it is while the broker runs, as after a kill.
func pristine(t *testing.T) (closed, killed string) {
	t.Helper()
	dir := t.TempDir()
	closed, killed = filepath.Join(dir, "closed"), filepath.Join(dir, "killed")
	cfg := brokerConfig(childSpec{Store: closed})
	b, r := local(t, cfg, broker.Deps{})
	r.createTopic(t, topic, 1)
	fill(t, r, 0, storedMessages)
	r.must(t, protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "TOOLS_CONSUMER", Topic: topic, CommitOffset: 7}, nil, nil)
	awaitEnd(t, r, 0, storedMessages)
	awaitSaved(t, closed, b.Addr().String())
	if err := os.CopyFS(killed, os.DirFS(closed)); err != nil {
		t.Fatal(err)
	}
	if err := shutdown(b); err != nil {
		t.Fatal(err)
	}
	return closed, killed
}

// awaitSaved waits until a running broker has flushed its log, but for the few pages that wait for company, and has saved offsets.
func awaitSaved(t *testing.T, folder, addr string) {
	t.Helper()
	const fewPages = 4 * 4096 // flushCommitLogLeastPages
	end, err := strconv.ParseInt(newReader(t, addr).info(t, "commitLogMaxOffset"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		saved, _ := os.ReadFile(filepath.Join(folder, "config", "consumerOffset.json"))
		state, _ := os.ReadFile(filepath.Join(folder, "checkpoint"))
		durable := checkpoint.Decode(state).Watermark.Durable
		if durable > end-fewPages && strings.Contains(string(saved), "TOOLS_CONSUMER") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log ends at %d and is durable to %d, saved offsets are %q", end, durable, saved)
		}
	}
}

// A folder that somebody has tampered with is refused with an error that names the culprit, or serves every message. So is one that a
// kill left.
func TestStoreFolder(t *testing.T) {
	closed, killed := pristine(t)
	for how, folder := range map[string]string{"closed": closed, "killed": killed} {
		for _, c := range tamperings() {
			t.Run(how+"/"+c.name, func(t *testing.T) {
				root := filepath.Join(t.TempDir(), "store")
				if err := os.CopyFS(root, os.DirFS(folder)); err != nil {
					t.Fatal(err)
				}
				if err := c.change(root); err != nil {
					t.Fatal(err)
				}
				before := commitLogOf(t, root)
				b, err := tryLocal(t, brokerConfig(childSpec{Store: root}), broker.Deps{})
				if c.healed && how == "killed" {
					c.want, c.says = nil, ""
				}
				if c.want == nil && err != nil || c.want != nil && (!errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("got %v, want %v naming %q", err, c.want, c.says)
				}
				if err != nil {
					if !slices.EqualFunc(before, commitLogOf(t, root), bytes.Equal) {
						t.Error("a broker that refused to start has changed the commit log")
					}
					return
				}
				r := newReader(t, b.Addr().String())
				wantMessages(t, r, storedMessages)
				fill(t, r, storedMessages, 3)
				wantMessages(t, r, storedMessages+3)
				if err := shutdown(b); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A record that went bad in the middle of the log keeps the broker from starting, if recovery comes across it, as after a kill here;
// otherwise it alone is missing: its checksum is checked at every read. Never does anybody see its bytes.
func TestDamagedRecord(t *testing.T) {
	closed, killed := pristine(t)
	for how, folder := range map[string]string{"closed": closed, "killed": killed} {
		t.Run(how, func(t *testing.T) {
			if err := scribble("commitlog/00000000000000000000", 300_000)(folder); err != nil {
				t.Fatal(err)
			}
			b, err := tryLocal(t, brokerConfig(childSpec{Store: folder}), broker.Deps{})
			if refuses := how == "killed"; (err != nil) != refuses {
				t.Fatalf("started: %v", err)
			}
			if err != nil {
				if refused := new(store.CorruptRecordError); !errors.As(err, &refused) || !strings.HasSuffix(refused.File, "00000000000000000000") {
					t.Error(err)
				}
				return
			}
			r := newReader(t, b.Addr().String())
			got := map[int64]uint64{}
			for offset := int64(0); offset < storedMessages; {
				msgs, err := r.pull(topic, 0, offset)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range msgs {
					got[m.QueueOffset] = hashOf(m.Body)
					offset = m.QueueOffset
				}
				offset++
			}
			if len(got) != storedMessages-1 {
				t.Errorf("%d messages, want all but one", len(got))
			}
			for offset, hash := range got {
				if hash != filledHash(int(offset)) {
					t.Errorf("message %d is another one", offset)
				}
			}
		})
	}
}

// commitLogOf is the contents of the commit log's files.
func commitLogOf(t *testing.T, root string) (contents [][]byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "commitlog", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, data)
	}
	return contents
}

// A newest commit log file that is cut short or empty has held messages that were durable: the broker does not start without them,
// however it was left.
func TestNewestCommitLogFile(t *testing.T) {
	closed, killed := pristine(t)
	for _, size := range []int64{0, 1, 4096} {
		for how, folder := range map[string]string{"closed": closed, "killed": killed} {
			t.Run(fmt.Sprintf("%s/%d bytes", how, size), func(t *testing.T) {
				root := filepath.Join(t.TempDir(), "store")
				if err := os.CopyFS(root, os.DirFS(folder)); err != nil {
					t.Fatal(err)
				}
				names, err := filepath.Glob(filepath.Join(root, "commitlog", "*"))
				if err != nil || len(names) < 2 {
					t.Fatalf("%d commit log files, %v", len(names), err)
				}
				newest := names[len(names)-1]
				if err := os.Truncate(newest, size); err != nil {
					t.Fatal(err)
				}
				_, err = tryLocal(t, brokerConfig(childSpec{Store: root}), broker.Deps{})
				if err == nil || !strings.Contains(err.Error(), filepath.Base(newest)) && !strings.Contains(err.Error(), "durable") {
					t.Errorf("lost messages were not noticed: %v", err)
				}
			})
		}
	}
}

// A second broker with the same store is refused, in this process as in another, and the first does not notice.
func TestSecondBrokerOnOneStore(t *testing.T) {
	root := filepath.Join(t.TempDir(), "store")
	first := spawn(t, childSpec{Store: root, Port: freePort(t)}, nil)
	first.awaitReady(t)
	for range 2 {
		_, err := tryLocal(t, brokerConfig(childSpec{Store: root}), broker.Deps{})
		if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), root) {
			t.Errorf("got %v", err)
		}
	}
	first.kill() // its lock goes with it
	b, r := local(t, brokerConfig(childSpec{Store: root}), broker.Deps{})
	r.createTopic(t, topic, 1)
	fill(t, r, 0, 3)
	wantMessages(t, r, 3)
	second := spawn(t, childSpec{Store: root, Port: freePort(t)}, nil)
	<-second.exited
	if !strings.Contains(second.log.String(), store.ErrInUse.Error()) {
		t.Errorf("the other process says %q", second.log.String())
	}
	if err := shutdown(b); err != nil {
		t.Error(err)
	}
}
