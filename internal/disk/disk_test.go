package disk_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

// disks are the implementations, each with an empty folder.
func disks(t *testing.T) map[string]struct {
	disk disk.Disk
	dir  string
} {
	return map[string]struct {
		disk disk.Disk
		dir  string
	}{
		"system":    {disk.System, filepath.ToSlash(t.TempDir())},
		"simulated": {simdisk.New(1), "/dir"},
	}
}

// What every disk must do, the simulated one included: the store's tests rely on it behaving like the real one.
func TestDisks(t *testing.T) {
	for name, d := range disks(t) {
		t.Run(name, func(t *testing.T) {
			if err := d.disk.MkdirAll(d.dir + "/a/b"); err != nil {
				t.Fatal(err)
			}
			checkFiles(t, d.disk, d.dir+"/a/b")
			checkNames(t, d.disk, d.dir+"/a/b")
			checkLock(t, d.disk, d.dir+"/a/lock")
			if used, err := d.disk.Usage(d.dir); err != nil || used < 0 || used > 1 {
				t.Errorf("usage %v, %v", used, err)
			}
			if err := d.disk.Remove(d.dir + "/a"); err == nil {
				t.Error("a folder that is not empty was removed")
			}
		})
	}
}

func checkFiles(t *testing.T, d disk.Disk, dir string) {
	if _, err := d.OpenFile(dir+"/f", false, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open of a missing file: %v", err)
	}
	f, err := d.OpenFile(dir+"/f", true, 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size, err := f.Size(); err != nil || size != 1000 {
		t.Errorf("size %d, %v", size, err)
	}
	if n, err := f.WriteAt([]byte("hello"), 510); n != 5 || err != nil {
		t.Errorf("write: %d, %v", n, err)
	}
	p := make([]byte, 7)
	if n, err := f.ReadAt(p, 509); n != 7 || err != nil || string(p) != "\x00hello\x00" {
		t.Errorf("read %d, %v: %q", n, err, p)
	}
	if n, err := f.ReadAt(p, 996); n != 4 || err == nil {
		t.Errorf("read across the end: %d, %v", n, err)
	}
	if err := errors.Join(f.Truncate(512), f.Truncate(1000), f.Sync()); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadAt(p, 509); err != nil || string(p) != "\x00he\x00\x00\x00\x00" {
		t.Errorf("after cutting and growing: %q, %v", p, err)
	}
	again, err := d.OpenFile(dir+"/f", true, 5000)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if size, _ := again.Size(); size != 1000 {
		t.Errorf("opening a file that is there made it %d long", size)
	}
}

func checkNames(t *testing.T, d disk.Disk, dir string) {
	if err := disk.WriteFile(d, dir+"/g", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(d, dir+"/g", []byte("second")); err != nil {
		t.Fatal(err)
	}
	if data, err := disk.ReadFile(d, dir+"/g"); err != nil || string(data) != "second" {
		t.Errorf("read %q, %v", data, err)
	}
	entries, err := d.ReadDir(dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "f" || entries[1].Name() != "g" || entries[0].IsDir() {
		t.Errorf("listing %v, %v", entries, err)
	}
	if info, err := d.Stat(dir); err != nil || !info.IsDir() {
		t.Errorf("stat of a folder: %v, %v", info, err)
	}
	if _, err := d.ReadDir(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("listing of a missing folder: %v", err)
	}
	if err := d.Remove(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removing a missing file: %v", err)
	}
}

func checkLock(t *testing.T, d disk.Disk, name string) {
	unlock, err := d.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lock(name); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("the second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	unlock, err = d.Lock(name)
	if err != nil {
		t.Fatalf("after unlocking: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
