package mappedfile_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

const fileSize = 1024

// filled is a queue of n full files, flushed.
func filled(t *testing.T, d *simdisk.Disk, n int) *mappedfile.MappedFileQueue {
	t.Helper()
	q := mappedfile.NewQueue(d, "/q", fileSize)
	for i := range n {
		f, err := q.Create(int64(i * fileSize))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Append(0, bytes.Repeat([]byte{byte('a' + i)}, fileSize)); err != nil {
			t.Fatal(err)
		}
	}
	if end, err := q.Flush(); err != nil || end != int64(n*fileSize) {
		t.Fatalf("durable up to %d, %v", end, err)
	}
	return q
}

func TestReadsStopAtWhatIsWritten(t *testing.T) {
	d := simdisk.New(1)
	q := filled(t, d, 2)
	f, err := q.Create(2 * fileSize)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Append(0, []byte("xyz")); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 3)
	for _, c := range []struct {
		at   int64
		want string
	}{{0, "aaa"}, {1021, "aaa"}, {1022, ""}, {1024, "bbb"}, {2048, "xyz"}, {2049, ""}, {3072, ""}, {-1, ""}} {
		err := q.ReadAt(p, c.at)
		if c.want == "" && !errors.Is(err, mappedfile.ErrOutOfRange) || c.want != "" && (err != nil || string(p) != c.want) {
			t.Errorf("at %d: %q, %v", c.at, p, err)
		}
	}
}

func TestTruncateClearsWhatIsBehind(t *testing.T) {
	d := simdisk.New(1)
	q := filled(t, d, 3)
	if err := q.TruncateTo(1500); err != nil {
		t.Fatal(err)
	}
	d.Crash(0)
	q = mappedfile.NewQueue(d, "/q", fileSize)
	if err := q.Load(mappedfile.NothingDoubtful); err != nil || len(q.Files()) != 2 {
		t.Fatalf("%d files, %v", len(q.Files()), err)
	}
	p := make([]byte, fileSize)
	if err := q.ReadAt(p, fileSize); err != nil || p[475] != 'b' || !bytes.Equal(p[476:], make([]byte, fileSize-476)) {
		t.Errorf("behind the cut: %q, %v", p[470:480], err)
	}
}

// After a crash a file whose name was never synced may be missing: if that is where nothing was durable the queue ends before it.
func TestLoadForgivesOnlyWhatACrashExplains(t *testing.T) {
	for _, c := range []struct {
		doubtful int64
		files    int // -1: refused
	}{{mappedfile.NothingDoubtful, -1}, {2000, -1}, {1024, 1}, {0, 1}} {
		d := simdisk.New(1)
		filled(t, d, 3)
		if err := d.Remove("/q/" + mappedfile.FileName(fileSize)); err != nil {
			t.Fatal(err)
		}
		q := mappedfile.NewQueue(d, "/q", fileSize)
		err := q.Load(c.doubtful)
		if refused := errors.Is(err, mappedfile.ErrForeignFile); refused != (c.files < 0) || !refused && (err != nil || len(q.Files()) != c.files) {
			t.Errorf("doubtful from %d: %d files, %v", c.doubtful, len(q.Files()), err)
		}
	}
}

// A last file that is cut short, but not below what was durable, gets its length back.
func TestLoadMendsACutLastFile(t *testing.T) {
	for _, c := range []struct {
		file     int
		doubtful int64
		files    int // -1: refused
	}{
		{2, mappedfile.NothingDoubtful, -1}, {2, 2*fileSize + 501, -1}, {2, 2*fileSize + 500, 3}, {2, 0, 3}, {1, 2*fileSize + 500, -1},
	} {
		d := simdisk.New(1)
		filled(t, d, 3)
		f, err := d.OpenFile("/q/"+mappedfile.FileName(int64(c.file*fileSize)), false, 0)
		if err == nil {
			err = errors.Join(f.Truncate(500), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		q := mappedfile.NewQueue(d, "/q", fileSize)
		err = q.Load(c.doubtful)
		if refused := errors.Is(err, mappedfile.ErrForeignFile); refused != (c.files < 0) || !refused && (err != nil || len(q.Files()) != c.files) {
			t.Errorf("%+v: %d files, %v", c, len(q.Files()), err)
			continue
		}
		p := make([]byte, fileSize)
		if c.files == 3 && (q.ReadAt(p, 2*fileSize) != nil || p[499] != 'c' || !bytes.Equal(p[500:], make([]byte, fileSize-500))) {
			t.Errorf("%+v: around the cut %q", c, p[495:505])
		}
	}
}

func TestDropBeforeKeepsTheLastFile(t *testing.T) {
	q := filled(t, simdisk.New(1), 4)
	if n, err := q.DropBefore(2*fileSize+1, 10); n != 2 || err != nil || q.MinOffset() != 2*fileSize {
		t.Errorf("%d dropped, %v; begins at %d", n, err, q.MinOffset())
	}
	if n, err := q.DropBefore(100*fileSize, 10); n != 1 || err != nil {
		t.Errorf("%d dropped, %v", n, err)
	}
}
