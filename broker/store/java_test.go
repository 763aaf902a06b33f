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
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/store"
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
		path := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg = smallConfig(root)
	cfg.MappedFileSizeCommitLog, cfg.MappedFileSizeConsumeQueue = 65536, 2000
	cfg.MaxHashSlotNum, cfg.MaxIndexNum = 1000, 4000
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
