package faulty_test

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/faulty"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

func open(t *testing.T, d disk.Disk) disk.File {
	t.Helper()
	f, err := d.OpenFile("f", true, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestSlowDiskTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := faulty.New(simdisk.New(1))
		f := open(t, d)
		d.Set(faulty.Faults{Delay: 300 * time.Millisecond})
		began := time.Now()
		_, err := f.WriteAt([]byte("x"), 0)
		if took := time.Since(began); err != nil || took != 300*time.Millisecond {
			t.Fatalf("write took %v, %v", took, err)
		}
		if err := f.Sync(); err != nil || time.Since(began) != 600*time.Millisecond {
			t.Fatalf("sync after %v, %v", time.Since(began), err)
		}
		if _, err := f.ReadAt(make([]byte, 1), 0); err != nil || time.Since(began) != 600*time.Millisecond {
			t.Fatalf("read after %v, %v", time.Since(began), err)
		}
		time.AfterFunc(100*time.Millisecond, func() { d.Set(faulty.Faults{}) })
		if _, err := f.WriteAt([]byte("y"), 0); err != nil || time.Since(began) != 700*time.Millisecond {
			t.Fatalf("a write was let go after %v, %v", time.Since(began), err)
		}
	})
}

func TestStalledDiskGoesOnWhenLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := faulty.New(simdisk.New(1))
		f := open(t, d)
		d.Set(faulty.Faults{Stall: true})
		written := make(chan error, 1)
		go func() {
			_, err := f.WriteAt([]byte("x"), 0)
			written <- err
		}()
		time.Sleep(time.Hour)
		select {
		case err := <-written:
			t.Fatalf("written: %v", err)
		default:
		}
		d.Set(faulty.Faults{})
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	})
}

func TestFullDiskReadsAndRefuses(t *testing.T) {
	d := faulty.New(simdisk.New(1))
	f := open(t, d)
	if _, err := f.WriteAt([]byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	d.Set(faulty.Faults{Full: true})
	if n, err := f.WriteAt([]byte("y"), 1); n != 0 || !errors.Is(err, disk.ErrNoSpace) {
		t.Fatalf("write: %d, %v", n, err)
	}
	if _, err := d.OpenFile("g", true, 100); !errors.Is(err, disk.ErrNoSpace) {
		t.Fatalf("a new file: %v", err)
	}
	if used, err := d.Usage("."); used != faulty.FullUsage || err != nil {
		t.Fatalf("used %v, %v", used, err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
		t.Fatalf("read: %v", err)
	}
	d.Set(faulty.Faults{})
	if _, err := f.WriteAt([]byte("y"), 1); err != nil {
		t.Fatalf("with room again: %v", err)
	}
}

func TestADeadProcessWritesNothingAndLeavesWhatItWrote(t *testing.T) {
	name := filepath.ToSlash(filepath.Join(t.TempDir(), "f"))
	d := faulty.New(disk.System)
	unlock, err := d.Lock(name + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.OpenFile(name, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("written"), 0); err != nil {
		t.Fatal(err)
	}
	d.Kill()
	_, werr := f.WriteAt([]byte("too late"), 0)
	for what, err := range map[string]error{
		"write": werr, "sync": f.Sync(), "truncate": f.Truncate(0), "rename": d.Rename(name, name+"2"), "remove": d.Remove(name),
	} {
		if !errors.Is(err, faulty.ErrKilled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := errors.Join(f.Close(), unlock()); err != nil {
		t.Fatal(err)
	}
	if got, err := disk.ReadFile(disk.System, name); string(got) != "written" || err != nil {
		t.Fatalf("left: %q, %v", got, err)
	}
	unlock, err = disk.System.Lock(name + ".lock")
	if err != nil {
		t.Fatalf("the lock of the dead: %v", err)
	}
	_ = unlock()
}
