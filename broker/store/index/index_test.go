package index

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

func service(d disk.Disk, dir string) *IndexService { return NewService(d, clock.System, dir, 100, 50) }

func put(t *testing.T, s *IndexService, phyOffset int64, keys string) {
	t.Helper()
	if err := s.Put("T", fmt.Sprint("u", phyOffset), keys, phyOffset, 1700000000000+phyOffset); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, s *IndexService, key string, limit int) []int64 {
	t.Helper()
	res, err := s.Query("T", key, limit, 0, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	return res.PhyOffsets
}

// Java's String.hashCode, the values by Java itself.
func TestKeyHash(t *testing.T) {
	for _, c := range []struct {
		topic, key string
		want       int32
	}{{"", "", 35}, {"a", "b", 94400}, {"主题", "键", 634204136}, {"😀", "", 54959904}} {
		if got := keyHash(c.topic, c.key); got != c.want {
			t.Errorf("%s#%s: %d, want %d", c.topic, c.key, got, c.want)
		}
	}
}

func TestNewestFirstAcrossFiles(t *testing.T) {
	s := service(simdisk.New(1), "/index")
	for i := range int64(100) {
		put(t, s, i, "all")
	}
	if n := len(s.list()); n != 5 { // 49 entries each
		t.Errorf("%d files", n)
	}
	if diff := cmp.Diff([]int64{99, 98, 97}, query(t, s, "all", 3)); diff != "" {
		t.Error(diff)
	}
	if got := query(t, s, "all", 1000); len(got) != 100 || got[99] != 0 {
		t.Errorf("%d found", len(got))
	}
	if diff := cmp.Diff([]int64{42}, query(t, s, "u42", 10)); diff != "" {
		t.Error(diff)
	}
}

// What was flushed is there after a crash; what was not is left to the dispatcher, and a file that knows more than the
// checkpoint does not stay.
func TestCrash(t *testing.T) {
	d := simdisk.New(1)
	s := service(d, "/index")
	for i := range int64(10) {
		put(t, s, i, "all")
	}
	stamp, err := s.Flush()
	if err != nil {
		t.Fatal(err)
	}
	end, _ := s.FlushedEnd()
	put(t, s, 10, "all")
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	d.Crash(1)
	s = service(d, "/index")
	if err := s.Load(false, Expected{Timestamp: stamp, EndPhyOffset: end, Known: true}); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, "all", 100); len(got) != 10 {
		t.Errorf("%d found", len(got))
	}
	s = service(d, "/index")
	if err := s.Load(false, Expected{Timestamp: stamp - 1}); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.End(); ok {
		t.Error("a file beyond the checkpoint was kept")
	}
}

func TestDropBefore(t *testing.T) {
	s := service(simdisk.New(1), "/index")
	for i := range int64(100) {
		put(t, s, i, "")
	}
	if n, err := s.DropBefore(60); n != 1 || err != nil {
		t.Errorf("%d files dropped, %v", n, err)
	}
	if got := query(t, s, "u60", 1); len(got) != 1 {
		t.Error("u60 went with them")
	}
}

// FuzzLoad: whatever an index file holds, it is refused or can be queried; chains end.
func FuzzLoad(f *testing.F) {
	f.Add([]byte{}, int32(40))
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 1}, int32(32))
	f.Fuzz(func(t *testing.T, scribble []byte, at int32) {
		dir := t.TempDir()
		data := make([]byte, fileSize(100, 50))
		copy(data[uint32(at)%uint32(len(data)):], scribble)
		if err := os.WriteFile(filepath.Join(dir, "20260101000000000"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		s := service(disk.System, filepath.ToSlash(dir))
		if err := s.Load(true, Expected{}); err != nil {
			if !errors.Is(err, ErrForeignFile) {
				t.Fatal(err)
			}
			return
		}
		for i := range 20 {
			if _, err := s.Query("T", fmt.Sprint(i), 100, 0, math.MaxInt64); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
