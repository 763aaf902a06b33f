package index

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
)

// nameLayout names a file by the local time of its creation, to the millisecond. Java: common.UtilAll#timeMillisToHumanString.
const nameLayout = "20060102150405.000"

// IndexService holds the index files of a store. Put and Commit are for the dispatcher alone; the rest is safe for
// concurrent use.
//
// Java: store.index.IndexService (5.5.0).
type IndexService struct {
	disk    disk.Disk
	clock   clock.Clock
	dir     string
	slots   int32
	entries int32

	mu    sync.Mutex // for who changes files
	files atomic.Pointer[[]*IndexFile]
}

// NewService is the index in dir, whose files have so many slots and entries.
func NewService(d disk.Disk, c clock.Clock, dir string, slots, entries int32) *IndexService {
	return &IndexService{disk: d, clock: c, dir: dir, slots: slots, entries: entries}
}

// Expected is what the checkpoint says about the index. It matters after a crash only.
type Expected struct {
	// Timestamp is the store time, in ms, of the last message indexed on disk.
	Timestamp int64
	// EndPhyOffset is the physical offset of that message, if Known.
	EndPhyOffset int64
	Known        bool
}

// Load opens the files. After a crash (clean is false) those that go beyond what the checkpoint vouches for, and those whose
// slots and header disagree, are removed: the dispatcher builds them again.
//
// Java: store.index.IndexService#load (5.5.0).
func (s *IndexService) Load(clean bool, want Expected) error {
	entries, err := s.disk.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	intact := true
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		name := path.Join(s.dir, e.Name())
		if len(e.Name()) != 17 || strings.Trim(e.Name(), "0123456789") != "" {
			return fmt.Errorf("%s: %w", name, ErrForeignFile)
		}
		if intact, err = s.loadFile(name, clean, intact, want); err != nil {
			return err
		}
	}
	return nil
}

// loadFile opens one file, or removes it. Behind a removed file all others go too.
func (s *IndexService) loadFile(name string, clean, intact bool, want Expected) (bool, error) {
	f, err := openFile(s.disk, name, s.slots, s.entries, false)
	if err != nil {
		if clean {
			return false, err
		}
		return false, s.disk.Remove(name) // made and not sized before the crash
	}
	if !clean && intact {
		if intact, err = f.trusted(want); err != nil {
			return false, err
		}
	}
	if !intact {
		return false, errors.Join(f.file.Close(), s.disk.Remove(name))
	}
	s.set(append(slices.Clip(s.list()), f))
	return true, nil
}

// trusted says whether a file can be what was flushed last.
func (f *IndexFile) trusted(want Expected) (bool, error) {
	h := f.info()
	if h.endTimestamp > want.Timestamp || want.Known && h.endPhyOffset > want.EndPhyOffset {
		return false, nil
	}
	return f.consistent()
}

// End is the physical offset of the last message indexed; ok is false when the index is empty.
func (s *IndexService) End() (phyOffset int64, ok bool) {
	files := s.list()
	for i := len(files) - 1; i >= 0; i-- {
		if h := files[i].info(); h.count > 1 {
			return h.endPhyOffset, true
		}
	}
	return -1, false
}

// list is the files now: a snapshot that nobody changes.
func (s *IndexService) list() []*IndexFile {
	if files := s.files.Load(); files != nil {
		return *files
	}
	return nil
}

func (s *IndexService) set(files []*IndexFile) { s.files.Store(&files) }

// Put indexes a message by its unique key and by each of its keys, which spaces separate. It can be found after that, and is
// on its way to the disk after Commit. Messages before the last one indexed are known already; the last one itself is indexed
// again, as a crash may have taken some of its keys.
//
// Java: store.index.IndexService#buildIndex (5.5.0).
func (s *IndexService) Put(topic, uniqueKey, keys string, phyOffset, storeTimestamp int64) error {
	if end, ok := s.End(); ok && phyOffset < end {
		return nil
	}
	if uniqueKey != "" {
		if err := s.putKey(keyHash(topic, uniqueKey), phyOffset, storeTimestamp); err != nil {
			return err
		}
	}
	for keys != "" {
		var key string
		key, keys, _ = strings.Cut(keys, " ")
		if key == "" {
			continue
		}
		if err := s.putKey(keyHash(topic, key), phyOffset, storeTimestamp); err != nil {
			return err
		}
	}
	return nil
}

func (s *IndexService) putKey(hash int32, phyOffset, storeTimestamp int64) error {
	for {
		f, err := s.current()
		if err != nil {
			return err
		}
		done, err := f.putKey(hash, phyOffset, storeTimestamp)
		if done || err != nil {
			return err
		}
		if err := s.roll(f); err != nil {
			return err
		}
	}
}

// current is the file that entries go to, made if there is none.
func (s *IndexService) current() (*IndexFile, error) {
	if files := s.list(); len(files) > 0 {
		return files[len(files)-1], nil
	}
	return s.create()
}

// roll flushes a full file and starts the next.
func (s *IndexService) roll(full *IndexFile) error {
	if err := full.flush(); err != nil {
		return err
	}
	_, err := s.create()
	return err
}

func (s *IndexService) create() (*IndexFile, error) {
	if err := s.disk.MkdirAll(s.dir); err != nil {
		return nil, err
	}
	f, err := openFile(s.disk, s.newName(), s.slots, s.entries, true)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(append(slices.Clip(s.list()), f))
	return f, s.disk.SyncDir(s.dir)
}

// newName is a name behind all others.
func (s *IndexService) newName() string {
	now, files := s.clock.Now().Local(), s.list()
	for {
		name := path.Join(s.dir, strings.Replace(now.Format(nameLayout), ".", "", 1))
		if len(files) == 0 || name > files[len(files)-1].name {
			return name
		}
		now = now.Add(time.Millisecond)
		if last := path.Base(files[len(files)-1].name); path.Base(name) < last {
			if at, err := time.ParseInLocation(nameLayout, last[:14]+"."+last[14:], time.Local); err == nil {
				now = at.Add(time.Millisecond)
			}
		}
	}
}

// Commit hands the entries added since the last one to the operating system.
func (s *IndexService) Commit() error {
	files := s.list()
	if len(files) == 0 {
		return nil
	}
	return files[len(files)-1].commit()
}

// Flush makes the index durable and returns the store time, in ms, of the last message in it.
func (s *IndexService) Flush() (timestamp int64, err error) {
	files := s.list()
	if len(files) == 0 {
		return 0, nil
	}
	last := files[len(files)-1]
	timestamp = last.info().endTimestamp
	return timestamp, last.flush()
}

// FlushedEnd is End as the last Flush left it on disk.
func (s *IndexService) FlushedEnd() (phyOffset int64, ok bool) {
	files := s.list()
	for i := len(files) - 1; i >= 0; i-- {
		if end := files[i].flushedEnd.Load(); end >= 0 {
			return end, true
		}
	}
	return -1, false
}

// DropBefore removes the files whose messages all lie before minPhyOffset, never the last one.
//
// Java: store.index.IndexService#deleteExpiredFile (5.5.0).
func (s *IndexService) DropBefore(minPhyOffset int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, n := s.list(), 0
	for n < len(files)-1 && files[n].info().endPhyOffset < minPhyOffset {
		n++
	}
	s.set(slices.Clone(files[n:]))
	return n, s.remove(files[:n])
}

// Clear removes the whole index, for rebuilding it.
func (s *IndexService) Clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	drop := s.list()
	s.set(nil)
	return s.remove(drop)
}

func (s *IndexService) remove(files []*IndexFile) error {
	var errs []error
	for _, f := range files {
		f.mu.Lock()
		errs = append(errs, f.file.Close(), s.disk.Remove(f.name))
		f.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Close closes the files; Flush comes before.
func (s *IndexService) Close() error {
	var errs []error
	for _, f := range s.list() {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}
