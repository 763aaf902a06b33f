package consumer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"sync"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// localOffsets keeps a broadcasting member's offsets in a file of its own, in Apache's place and format:
// ~/.rocketmq_offsets/<clientId>/<group>/offsets.json.
//
// Java: client.consumer.store.LocalFileOffsetStore (5.5.0).
type localOffsets struct {
	offsetTable
	disk disk.Disk
	file string
	log  *zap.Logger

	saving sync.Mutex // one writer of the file at a time; guards saved
	saved  map[message.MessageQueue]int64
	read   bool // saved holds what the file had
}

func newLocalOffsets(d disk.Disk, dir, clientID, group string, log *zap.Logger) *localOffsets {
	return &localOffsets{disk: d, file: path.Join(dir, clientID, group, "offsets.json"), log: log}
}

// defaultOffsetStoreDir is Apache's place.
func defaultOffsetStoreDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return path.Join(home, ".rocketmq_offsets")
}

func (l *localOffsets) fetch(_ context.Context, mq message.MessageQueue) (int64, error) {
	l.saving.Lock()
	defer l.saving.Unlock()
	if err := l.loadLocked(); err != nil {
		return 0, err
	}
	offset, ok := l.saved[mq]
	if !ok {
		return 0, errNoOffset
	}
	l.loaded(mq, offset)
	return offset, nil
}

// loadLocked reads the file once. A missing one is an empty one; a damaged one falls back to the copy of the version before.
func (l *localOffsets) loadLocked() error {
	if l.read {
		return nil
	}
	saved, err := l.readFile(l.file)
	if err != nil {
		l.log.Warn("offsets file damaged, trying the backup", zap.String("file", l.file), zap.Error(err))
		if saved, err = l.readFile(l.file + ".bak"); err != nil {
			return err
		}
	}
	l.saved, l.read = saved, true
	return nil
}

func (l *localOffsets) readFile(name string) (map[message.MessageQueue]int64, error) {
	data, err := disk.ReadFile(l.disk, name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[message.MessageQueue]int64{}, nil
	}
	if err != nil {
		return nil, err
	}
	var b body.ResetOffsetBody // the file has the same shape as that request
	if err := b.Decode(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b.OffsetTable, nil
}

func (l *localOffsets) persist(_ context.Context, mq message.MessageQueue) {
	if offset, ok := l.takeDirtyOf(mq); ok {
		l.save(map[message.MessageQueue]int64{mq: offset})
	}
}

func (l *localOffsets) persistAll(context.Context) {
	if changed := l.takeDirty(); len(changed) > 0 {
		l.save(changed)
	}
}

// save merges the changes into the file. Offsets that could not be written are tried again the next time.
func (l *localOffsets) save(changed map[message.MessageQueue]int64) {
	l.saving.Lock()
	defer l.saving.Unlock()
	err := l.loadLocked()
	if err == nil {
		maps.Copy(l.saved, changed)
		err = l.writeLocked()
	}
	if err != nil {
		l.log.Warn("offsets not saved", zap.String("file", l.file), zap.Error(err))
		for mq := range changed {
			l.failed(mq)
		}
	}
}

func (l *localOffsets) writeLocked() error {
	if err := l.disk.MkdirAll(path.Dir(l.file)); err != nil {
		return err
	}
	if before, err := disk.ReadFile(l.disk, l.file); err == nil {
		if err := disk.WriteFile(l.disk, l.file+".bak", before); err != nil {
			return err
		}
	}
	b := body.ResetOffsetBody{OffsetTable: l.saved}
	return disk.WriteFile(l.disk, l.file, b.Encode())
}
