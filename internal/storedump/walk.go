package storedump

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"github.com/plumemq/plume/broker/store/checkpoint"
)

// The parts of a store.
const (
	PartCheckpoint   = "checkpoint"
	PartCommitLog    = "commitlog"
	PartConsumeQueue = "consumequeue"
	PartIndex        = "index"
)

// Parts are all of them, in the order in which they are walked.
var Parts = [...]string{PartCheckpoint, PartCommitLog, PartConsumeQueue, PartIndex}

// ErrNoStore says that the directory holds nothing of a store.
var ErrNoStore = errors.New("no store here")

// Walker goes through a store. The zero value of each option is no bound.
type Walker struct {
	// Store is the directory: os.DirFS of it.
	Store fs.FS
	// Topic and Queue (with HasQueue) choose messages and units.
	Topic    string
	Queue    int
	HasQueue bool
	// From is the commit log offset at which to begin.
	From int64
	// Slots is how many slots index files have (maxHashSlotNum); 0 takes a quarter of the entries for granted, as by default.
	Slots int32

	visit func(Item) error
}

// Walk shows visit every item of the parts. An error of visit ends the walk and is returned. Files that cannot be read are an error;
// damage within them is an item.
func (w *Walker) Walk(parts []string, visit func(Item) error) error {
	w.visit = visit
	if err := w.look(); err != nil {
		return err
	}
	for _, p := range Parts {
		if !slices.Contains(parts, p) {
			continue
		}
		var err error
		switch p {
		case PartCheckpoint:
			err = w.checkpoint()
		case PartCommitLog:
			err = w.commitLog()
		case PartConsumeQueue:
			err = w.consumeQueues()
		case PartIndex:
			err = w.index()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look refuses a directory that is something else.
func (w *Walker) look() error {
	for _, p := range Parts {
		if _, err := fs.Stat(w.Store, p); err == nil {
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%w: none of %v is there", ErrNoStore, Parts)
}

// maxCheckpoint is how much of the file is looked at.
const maxCheckpoint = 4096

func (w *Walker) checkpoint() error {
	c := &Checkpoint{}
	if _, err := fs.Stat(w.Store, "abort"); err == nil {
		c.Abort = true
	}
	f, err := w.Store.Open(PartCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return w.visit(c)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCheckpoint))
	if err != nil {
		return err
	}
	c.State, c.Found = checkpoint.Decode(data), true
	return w.visit(c)
}

// segment is a file of a sequence, named after the offset of its first byte.
type segment struct {
	name  string
	start int64
	size  int64
}

// segments are a folder's files in order; other files are left out. A folder that is missing has none.
func (w *Walker) segments(folder string) (list []segment, err error) {
	entries, err := fs.ReadDir(w.Store, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		start, bad := strconv.ParseInt(e.Name(), 10, 64)
		info, err := e.Info()
		if bad != nil || err != nil || e.IsDir() || start < 0 {
			continue
		}
		list = append(list, segment{path.Join(folder, e.Name()), start, info.Size()})
	}
	slices.SortFunc(list, func(a, b segment) int { return int(min(max(a.start-b.start, -1), 1)) })
	return list, nil
}

// skip moves a file on by n bytes.
func skip(f fs.File, n int64) error {
	if s, ok := f.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekCurrent)
		return err
	}
	_, err := io.CopyN(io.Discard, f, n)
	return err
}
