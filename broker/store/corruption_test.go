package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/index"
	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/message"
)

const corruptionMessages = 120

// closedStore is a folder with a cleanly closed store of messages in queue 0 of T, in several commit log files.
func closedStore(t *testing.T) (store.Config, []store.AppendMessageResult) {
	t.Helper()
	cfg := smallConfig(t.TempDir())
	s := open(t, cfg, store.Deps{})
	var results []store.AppendMessageResult
	for i := range corruptionMessages {
		results = append(results, put(t, s, newMessage("T", 0, strings.Repeat("b", 300), fmt.Sprintf("UNIQ_KEY\x01u%d\x02", i))))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg, results
}

// flip changes one byte of the commit log.
func flip(t *testing.T, cfg store.Config, offset int64) (file string) {
	t.Helper()
	from := offset - offset%cfg.MappedFileSizeCommitLog
	file = filepath.Join(cfg.StorePathRootDir, "commitlog", mappedfile.FileName(from))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[offset-from] ^= 0x40
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// newestFile is a message whose record lies in the last commit log file, away from its ends.
func newestFile(results []store.AppendMessageResult) store.AppendMessageResult {
	return results[len(results)-4]
}

// Every byte of the frame counts, and so does every byte of the body: a record that was safely on disk and is damaged now keeps
// the store from starting, and the error says where.
func TestDamageBelowTheWatermarkIsRefused(t *testing.T) {
	cfg, results := closedStore(t)
	victim := newestFile(results)
	for _, at := range []int64{1, 4, 8, 30, 100, 250, int64(victim.WroteBytes) - 16} { // the last is in a length
		t.Run(fmt.Sprint("byte ", at), func(t *testing.T) {
			file := flip(t, cfg, victim.WroteOffset+at)
			defer flip(t, cfg, victim.WroteOffset+at)
			_, err := store.Open(cfg, store.Deps{})
			var corrupt *store.CorruptRecordError
			if !errors.As(err, &corrupt) {
				t.Fatalf("got %v", err)
			}
			if corrupt.File != file || corrupt.Offset != victim.WroteOffset {
				t.Errorf("the error blames %s at %d, damaged is %s at %d", corrupt.File, corrupt.Offset, file, victim.WroteOffset)
			}
		})
	}
}

// A store that was closed and has no checkpoint knows that all of its log was safe, at the second start as at the first.
func TestDamageOfAClosedStoreWithoutCheckpointStaysRefused(t *testing.T) {
	cfg, results := closedStore(t)
	victim := newestFile(results)
	flip(t, cfg, victim.WroteOffset+100)
	if err := os.Remove(filepath.Join(cfg.StorePathRootDir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	for start := range 3 {
		_, err := store.Open(cfg, store.Deps{})
		var corrupt *store.CorruptRecordError
		if !errors.As(err, &corrupt) || corrupt.Offset != victim.WroteOffset {
			t.Fatalf("start %d: %v", start, err)
		}
	}
}

func TestQuarantineLosesOnlyTheDamagedRecord(t *testing.T) {
	cfg, results := closedStore(t)
	victim := newestFile(results)
	flip(t, cfg, victim.WroteOffset+200)
	cfg.OnCorruption = store.QuarantineCorruption
	for range 2 { // the second start finds the same
		s := open(t, cfg, store.Deps{})
		bodies := readAll(t, s, "T", 0)
		if len(bodies) != corruptionMessages-1 {
			t.Errorf("%d messages, want all but one", len(bodies))
		}
		if _, ok := bodies[victim.LogicsOffset]; ok {
			t.Error("the damaged record was delivered")
		}
		if got := s.MaxOffsetInQueue("T", 0); got != corruptionMessages {
			t.Errorf("max offset %d: queue offsets must not be reused", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// One flipped bit anywhere in a record, most of which no checksum covers, costs at most this record, even when everything
// derived must be built from the log anew.
func TestOneFlippedBitCostsAtMostOneMessage(t *testing.T) {
	cfg, results := closedStore(t)
	victim := newestFile(results)
	cfg.OnCorruption = store.QuarantineCorruption
	for at := int64(0); at < int64(victim.WroteBytes); at++ {
		if at > 92 && at < int64(victim.WroteBytes)-20 {
			continue // within the body
		}
		flip(t, cfg, victim.WroteOffset+at)
		for _, name := range []string{"consumequeue", "index"} {
			if err := os.RemoveAll(filepath.Join(cfg.StorePathRootDir, name)); err != nil {
				t.Fatal(err)
			}
		}
		s, err := store.Open(cfg, store.Deps{})
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if n := len(readAll(t, s, "T", 0)); n < corruptionMessages-1 {
			t.Errorf("byte %d: %d of %d messages are left", at, n, corruptionMessages)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		flip(t, cfg, victim.WroteOffset+at)
	}
}

// Damage while the store runs is found at the read.
func TestDamagedRecordIsNeverDelivered(t *testing.T) {
	cfg := smallConfig(t.TempDir())
	s := open(t, cfg, store.Deps{})
	var third store.AppendMessageResult
	for i := range 10 {
		r := put(t, s, newMessage("T", 0, strings.Repeat("b", 300), ""))
		if i == 3 {
			third = r
		}
	}
	settled(t, s)
	flip(t, cfg, third.WroteOffset+150)
	bodies := readAll(t, s, "T", 0)
	if _, ok := bodies[3]; ok || len(bodies) != 9 {
		t.Errorf("%d messages delivered, the damaged one among them: %v", len(bodies), ok)
	}
	if _, err := s.LookMessageByOffset(third.WroteOffset); !errors.Is(err, store.ErrNotFound) || !errors.Is(err, message.ErrRecordCRC) {
		t.Errorf("look up: %v", err)
	}
}

// A folder that is not what a store leaves is refused with an error that names the file; what is derived is built again.
func TestForeignFolders(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(root string) error
		want   error
		says   string
	}{
		{"a stranger among the commit log files", write("commitlog/notes.txt", 10), mappedfile.ErrForeignFile, "notes.txt"},
		{"a commit log file cut short", cut("commitlog/00000000000000000000", 1000), mappedfile.ErrForeignFile, "00000000000000000000"},
		{"another file size", write("commitlog/00000000000000001000", 10), mappedfile.ErrForeignFile, "00000000000000001000"},
		{"a file missing in between", remove("commitlog/00000000000000016384"), mappedfile.ErrForeignFile, "00000000000000016384"},
		{"the last commit log file missing", remove("commitlog/00000000000000032768"), commitlog.ErrMissing, "32768"},
		{"no commit log", removeAll("commitlog"), commitlog.ErrMissing, "commitlog"},
		{"a stranger among the index files", write("index/notes", 10), index.ErrForeignFile, "notes"},
		{"a consume queue that is no number", write("consumequeue/T/x/y", 0), mappedfile.ErrForeignFile, "consumequeue/T/x"},
		{"a folder among the commit log files", mkdir("commitlog/backup"), nil, ""},
		{"no consume queues", removeAll("consumequeue"), nil, ""},
		{"one consume queue less", removeAll("consumequeue/T/0"), nil, ""},
		{"no index", removeAll("index"), nil, ""},
		{"no checkpoint", remove("checkpoint"), nil, ""},
		{"an empty checkpoint", cut("checkpoint", 0), nil, ""},
		{"nothing but the commit log", removeAll("consumequeue", "index", "checkpoint"), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _ := closedStore(t)
			if err := c.change(cfg.StorePathRootDir); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(cfg, store.Deps{})
			if c.want != nil {
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if n := len(readAll(t, s, "T", 0)); n != corruptionMessages {
				t.Errorf("%d messages, want %d", n, corruptionMessages)
			}
			for _, i := range []int{0, 60, corruptionMessages - 1} {
				res, err := s.QueryMessage(context.Background(), "T", fmt.Sprint("u", i), 8, 0, math.MaxInt64)
				if err != nil || len(res.Sizes) != 1 {
					t.Errorf("u%d: found %d, %v", i, len(res.Sizes), err)
				}
			}
		})
	}
}

func write(name string, size int) func(string) error {
	return func(root string) error {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(root, name), make([]byte, size), 0o644)
	}
}

func cut(name string, size int64) func(string) error {
	return func(root string) error { return os.Truncate(filepath.Join(root, name), size) }
}

func remove(name string) func(string) error {
	return func(root string) error { return os.Remove(filepath.Join(root, name)) }
}

func removeAll(names ...string) func(string) error {
	return func(root string) error {
		for _, name := range names {
			if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
				return err
			}
		}
		return nil
	}
}

func mkdir(name string) func(string) error {
	return func(root string) error { return os.Mkdir(filepath.Join(root, name), 0o755) }
}
