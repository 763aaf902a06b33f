package store_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/message"
)

// javaStore unpacks a store that Apache's broker wrote, and returns the lines about what was sent.
func javaStore(t *testing.T, name string) (cfg store.Config, sent []string) {
	t.Helper()
	root := t.TempDir()
	z, err := zip.OpenReader(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		data := unzip(t, f)
		if f.Name == "sent.txt" {
			for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
				sent = append(sent, lines.Text())
			}
			continue
		}
		name := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg = smallConfig(root)
	cfg.MappedFileSizeCommitLog, cfg.MappedFileSizeConsumeQueue = 65536, 2000
	cfg.MaxHashSlotNum, cfg.MaxIndexNum = 1000, 4000
	cfg.DeliverTimestamp = func(_ int, stored int64) int64 { return stored + 2*60*60*1000 } // of level 18
	return cfg, sent
}

func unzip(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A store that Apache's broker wrote, whether it was stopped or killed, opens with every message, and goes on from there.
func TestJavaStoreOpens(t *testing.T) {
	for _, name := range []string{"java-5.5.0-closed.zip", "java-5.5.0-killed.zip"} {
		t.Run(name, func(t *testing.T) {
			cfg, sent := javaStore(t, name)
			if len(sent) != 300 {
				t.Fatalf("%d messages were sent", len(sent))
			}
			s := open(t, cfg, store.Deps{})
			checkJavaStore(t, s, sent)
			r := put(t, s, newMessage("StoreJ", 0, "from Plume", "KEYS\x01plume\x02"))
			if r.LogicsOffset != 75 {
				t.Errorf("the next message got queue offset %d", r.LogicsOffset)
			}
			settled(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, cfg, store.Deps{})
			checkJavaStore(t, s, sent)
			checkKey(t, s, "plume", "from Plume")
		})
	}
}

// Apache's store has no watermark. Whoever recovers it may die at every operation of its disk, be it killed or cut off from power:
// the next start has the messages.
func TestDeathAtEveryOperationOfRecoveringAJavaStore(t *testing.T) {
	for _, name := range []string{"java-5.5.0-closed.zip", "java-5.5.0-killed.zip"} {
		for death, die := range map[string]func(*simdisk.Disk){
			"kill": (*simdisk.Disk).Kill, "nothing unsynced is left": func(d *simdisk.Disk) { d.Crash(0) },
			"half of it is": func(d *simdisk.Disk) { d.Crash(0.5) }, "all of it is": func(d *simdisk.Disk) { d.Crash(1) },
		} {
			t.Run(name+"/"+death, func(t *testing.T) {
				cfg, all := javaStore(t, name)
				var sent []string
				for i := 0; i < len(all); i += 13 {
					sent = append(sent, all[i])
				}
				from := cfg.StorePathRootDir
				cfg.StorePathRootDir = "/store"
				for cut, happened := 1, true; happened; cut++ {
					d := simdisk.New(uint64(cut))
					copyTo(t, d, from, "/store")
					happened = openUntil(d, cfg, cut)
					die(d)
					s, err := store.Open(cfg, store.Deps{Disk: d})
					if err != nil {
						t.Fatalf("died at operation %d: %v", cut, err)
					}
					checkJavaStore(t, s, sent)
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// openUntil opens a store whose disk dies at the cut-th operation; false means that it was open and closed before.
func openUntil(d *simdisk.Disk, cfg store.Config, cut int) (happened bool) {
	base := d.Ops()
	d.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		happened = op.Seq-base >= cut
		if happened {
			return simdisk.ErrCrashed
		}
		return nil
	}})
	if s, err := store.Open(cfg, store.Deps{Disk: d}); err == nil {
		_ = s.Close()
	}
	return happened
}

// copyTo copies a folder to a disk, durably.
func copyTo(t *testing.T, d disk.Disk, from, to string) {
	t.Helper()
	if err := d.MkdirAll(to); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			copyTo(t, d, filepath.Join(from, e.Name()), path.Join(to, e.Name()))
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err == nil {
			err = disk.WriteFile(d, path.Join(to, e.Name()), data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.SyncDir(to); err != nil {
		t.Fatal(err)
	}
}

func checkJavaStore(t *testing.T, s *store.DefaultMessageStore, sent []string) {
	t.Helper()
	for _, line := range sent {
		var n, queue int
		var offset int64
		var offsetID, id string
		if _, err := fmt.Sscan(line, &n, &queue, &offset, &offsetID, &id); err != nil {
			t.Fatal(err)
		}
		host, phyOffset, err := message.ParseOffsetMsgID(offsetID)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := s.ConsumeQueueEntry("StoreJ", int32(queue), offset)
		if !ok || e.PhyOffset != phyOffset || e.TagsCode != message.TagsCode(fmt.Sprint("Tag", n%3)) {
			t.Fatalf("%s: entry %+v", line, e)
		}
		m, err := s.LookMessageByOffset(phyOffset)
		body := fmt.Sprint("body ", n, " ", strings.Repeat("x", n%90))
		if err != nil || m.MsgID != id || string(m.Body) != body || m.Property("n") != fmt.Sprint(n) || m.StoreHost != host || m.QueueOffset != offset {
			t.Fatalf("%s: %+v, %v", line, m, err)
		}
		checkKey(t, s, fmt.Sprint("key", n), body)
		checkKey(t, s, id, body)
	}
	for i := range 3 {
		checkKey(t, s, fmt.Sprint("bkey", i), fmt.Sprint("batch ", i))
	}
	delayed, ok := s.ConsumeQueueEntry(message.TopicSchedule, 17, 0)
	if m, err := s.LookMessageByOffset(delayed.PhyOffset); !ok || err != nil || delayed.TagsCode != m.StoreTimestamp+2*60*60*1000 {
		t.Errorf("the delayed message: %+v, %v", delayed, err)
	}
}

// checkKey finds exactly one message of StoreJ by key.
func checkKey(t *testing.T, s *store.DefaultMessageStore, key, body string) {
	t.Helper()
	res, err := s.QueryMessage(context.Background(), "StoreJ", key, 8, 0, math.MaxInt64)
	if err != nil || len(res.Sizes) != 1 {
		t.Fatalf("key %s: found %d, %v", key, len(res.Sizes), err)
	}
	if m, _, err := message.DecodeRecord(res.Buffer, message.CheckCRC); err != nil || string(m.Body) != body {
		t.Fatalf("key %s: %v, %v", key, m, err)
	}
}
