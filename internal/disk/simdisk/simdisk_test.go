package simdisk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

func create(t *testing.T, d *simdisk.Disk, name string) disk.File {
	t.Helper()
	f, err := d.OpenFile(name, true, 4096)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, f disk.File, s string, at int64) {
	t.Helper()
	if _, err := f.WriteAt([]byte(s), at); err != nil {
		t.Fatal(err)
	}
}

func sync(t *testing.T, d *simdisk.Disk, f disk.File) {
	t.Helper()
	if err := errors.Join(f.Sync(), d.SyncDir("/")); err != nil {
		t.Fatal(err)
	}
}

func TestCrashLosesWhatWasNotSynced(t *testing.T) {
	d := simdisk.New(1)
	f := create(t, d, "/f")
	write(t, f, "synced", 0)
	sync(t, d, f)
	write(t, f, "lost!!", 0)
	write(t, f, "lost", 2000)
	create(t, d, "/unnamed")
	d.Crash(0)
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, simdisk.ErrCrashed) {
		t.Errorf("a file of before the crash: %v", err)
	}
	data, err := disk.ReadFile(d, "/f")
	if err != nil || len(data) != 4096 || string(data[:6]) != "synced" || !bytes.Equal(data[2000:2004], make([]byte, 4)) {
		t.Errorf("%q, %v", data[:6], err)
	}
	if _, err := d.Stat("/unnamed"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that was not synced: %v", err)
	}
}

func TestKillLosesNothing(t *testing.T) {
	d := simdisk.New(1)
	write(t, create(t, d, "/f"), "written", 0)
	d.Kill()
	if data, err := disk.ReadFile(d, "/f"); err != nil || string(data[:7]) != "written" {
		t.Errorf("%q, %v", data[:7], err)
	}
}

// With some of it kept, sectors survive each on its own: a later one may be there and an earlier one not.
func TestCrashKeepsSectorsAtRandom(t *testing.T) {
	reordered := false
	for seed := range uint64(40) {
		d := simdisk.New(seed)
		f := create(t, d, "/f")
		sync(t, d, f)
		for at := int64(0); at < 4096; at += simdisk.SectorSize {
			write(t, f, "x", at)
		}
		d.Crash(0.5)
		data, err := disk.ReadFile(d, "/f")
		if err != nil {
			t.Fatal(err)
		}
		lost := false
		for at := 0; at < 4096; at += simdisk.SectorSize {
			reordered = reordered || lost && data[at] == 'x'
			lost = lost || data[at] == 0
		}
	}
	if !reordered {
		t.Error("in 40 crashes never did a later sector survive an earlier one")
	}
}

// A sync that fails makes the pages clean without writing them: the next one succeeds and helps nothing.
func TestFailedSyncForgets(t *testing.T) {
	d := simdisk.New(1)
	f := create(t, d, "/f")
	sync(t, d, f)
	write(t, f, "x", 0)
	d.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Sync {
			return simdisk.ErrIO
		}
		return nil
	}})
	if err := f.Sync(); !errors.Is(err, simdisk.ErrIO) {
		t.Fatal(err)
	}
	d.Inject(simdisk.Faults{})
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	d.Crash(0)
	if data, err := disk.ReadFile(d, "/f"); err != nil || data[0] != 0 {
		t.Errorf("%q, %v", data[:1], err)
	}
}

func TestCapacity(t *testing.T) {
	d := simdisk.New(1)
	f := create(t, d, "/f")
	d.Inject(simdisk.Faults{Capacity: 2 * simdisk.SectorSize})
	n, err := f.WriteAt(make([]byte, 3*simdisk.SectorSize), 0)
	if n != 2*simdisk.SectorSize || !errors.Is(err, disk.ErrNoSpace) {
		t.Errorf("%d, %v", n, err)
	}
	if used, err := d.Usage("/"); err != nil || used != 1 {
		t.Errorf("usage %v, %v", used, err)
	}
	write(t, f, "overwriting needs no room", 0)
	if err := f.Truncate(simdisk.SectorSize); err != nil || d.Used() != simdisk.SectorSize {
		t.Errorf("after cutting: %d used, %v", d.Used(), err)
	}
}
