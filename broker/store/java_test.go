package store_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/store"
)

// testdata/java-5.5.0-closed.zip is the store of an Apache RocketMQ 5.5.0 broker after a clean stop, with commit log files of 64 KiB, consume
// queue files of 100 units and an index of 1000 slots and 4000 entries. sent.txt has a line for each message that Apache's
// producer sent to the topic StoreJ: its number, queue, queue offset, offset message id and message id. The message carries
// its number as the property n, and the key "key<n>".
func TestAStoreWrittenByJavaOpensWithEveryMessage(t *testing.T) {
	root := t.TempDir()
	unzip(t, "testdata/java-5.5.0-closed.zip", root)
	cfg := store.DefaultConfig(root)
	cfg.MappedFileSizeCommitLog, cfg.MappedFileSizeConsumeQueue = 65536, 2000
	cfg.MaxHashSlotNum, cfg.MaxIndexNum = 1000, 4000
	s := open(t, cfg, store.Deps{})
	sent, err := os.Open(filepath.Join(root, "sent.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer sent.Close()
	n := 0
	for lines := bufio.NewScanner(sent); lines.Scan(); n++ {
		var number, queue int
		var offset int64
		var offsetID, id string
		if _, err := fmt.Sscan(lines.Text(), &number, &queue, &offset, &offsetID, &id); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		checkJavaMessage(t, s, number, int32(queue), offset, id)
	}
	if n < 100 {
		t.Fatalf("only %d messages in the fixture", n)
	}
	end := s.MaxOffsetInQueue("StoreJ", 0)
	put(t, s, newMessage("StoreJ", 0, "after Java", "UNIQ_KEY\x01PLUME\x02"))
	settled(t, s)
	if got := s.MaxOffsetInQueue("StoreJ", 0); got != end+1 {
		t.Errorf("the queue goes on at %d, want %d", got, end+1)
	}
}

func checkJavaMessage(t *testing.T, s *store.DefaultMessageStore, number int, queue int32, offset int64, id string) {
	t.Helper()
	entry, ok := s.ConsumeQueueEntry("StoreJ", queue, offset)
	if !ok {
		t.Fatalf("message %d: nothing in queue %d at %d", number, queue, offset)
	}
	m, err := s.LookMessageByOffset(entry.PhyOffset)
	if err != nil {
		t.Fatalf("message %d: %v", number, err)
	}
	if m.MsgID != id || m.Properties.Get("n") != fmt.Sprint(number) || m.QueueOffset != offset {
		t.Fatalf("message %d: found %s, n=%s, offset %d; want %s at %d", number, m.MsgID, m.Properties.Get("n"), m.QueueOffset, id, offset)
	}
	for _, key := range []string{fmt.Sprint("key", number), id} {
		found, err := s.QueryMessage(t.Context(), "StoreJ", key, 8, 0, math.MaxInt64)
		if err != nil || len(found.Sizes) != 1 {
			t.Fatalf("message %d by key %s: %d found, %v", number, key, len(found.Sizes), err)
		}
	}
}

func unzip(t *testing.T, archive, dir string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, entry := range z.File {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(entry.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		in, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
