package reliability

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/plumemq/plume/internal/disk"
)

// hoarder is a bug to be found: it keeps what is written to the commit log in the process until it is synced, as a buffer of the broker's
// own would. A kill then takes messages that were acknowledged.
type hoarder struct{ disk.Disk }

// OpenFile is disk.Disk's.
func (h hoarder) OpenFile(name string, create bool, size int64) (disk.File, error) {
	f, err := h.Disk.OpenFile(name, create, size)
	if err != nil || !strings.Contains(name, "/commitlog/") {
		return f, err
	}
	length, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	hoard := &hoardedFile{File: f, content: make([]byte, length)}
	if _, err := f.ReadAt(hoard.content, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	return hoard, nil
}

// hoardedFile is a file whose contents are in memory.
type hoardedFile struct {
	disk.File
	mu      sync.Mutex
	content []byte
}

// ReadAt is disk.File's.
func (f *hoardedFile) ReadAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := copy(p, f.content[min(off, int64(len(f.content))):]); n < len(p) {
		return n, io.EOF
	}
	return len(p), nil
}

// WriteAt is disk.File's.
func (f *hoardedFile) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return copy(f.content[off:], p), nil
}

// Truncate is disk.File's.
func (f *hoardedFile) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := f.content[:min(size, int64(len(f.content)))]
	f.content = make([]byte, size)
	copy(f.content, kept)
	return f.File.Truncate(size)
}

// Sync is disk.File's.
func (f *hoardedFile) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.File.WriteAt(f.content, 0); err != nil {
		return err
	}
	return f.File.Sync()
}

// The kill test is worth something only if it fails for a broker that loses messages. This one does.
func TestKillNoticesLoss(t *testing.T) {
	t.Parallel()
	v := newVictim(t, childSpec{Hoard: true})
	l := startLoad(t, v.spec.NameServer, topic)
	saw := followTopic(t, v.addr)
	for range 3 {
		v.round(t, l)
	}
	l.stop()
	h := history{acks: l.ledger.all(), earlier: saw(), queues: newReader(t, v.addr).drainAll(t, topic, queues)}
	wrong := check(h)
	if len(wrong) == 0 {
		t.Errorf("%d messages were acknowledged, the broker forgot what it had not synced, and nothing was noticed", len(h.acks))
	}
	t.Logf("%d violations among %d acknowledged messages", len(wrong), len(h.acks))
}
