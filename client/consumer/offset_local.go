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

	"github.com/plumemq/plume/client/internal/instance"
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

	saving sync.Mutex // one writer of the file at a time; owns what follows
	saved  map[message.MessageQueue]int64
	before []byte // the file's last content that could be read or was written whole
}

func newLocalOffsets(d disk.Disk, dir, clientID, group string, log *zap.Logger) *localOffsets {
	if dir == "" {
		dir = defaultOffsetStoreDir()
	}
	return &localOffsets{disk: d, file: path.Join(dir, clientID, group, "offsets.json"), log: log}
}

// newOffsetStore is the store for the consumer's model.
func (c *Consumer) newOffsetStore(inst *instance.MQClientInstance) offsetStore {
	if c.cfg.Broadcasting {
		return newLocalOffsets(c.cfg.Disk, c.cfg.OffsetStoreDir, inst.ClientID(), c.group, c.log)
	}
	return &remoteOffsets{instance: inst, component: c.component, metrics: c.metrics, group: c.group, namespace: c.cfg.Namespace, log: c.log}
}

// defaultOffsetStoreDir is Apache's place.
func defaultOffsetStoreDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return path.Join(home, ".rocketmq_offsets")
}

// load reads the file, and if it is damaged or gone, the copy of the version before. A new member has neither, which is no error.
func (l *localOffsets) load() error {
	l.saving.Lock()
	defer l.saving.Unlock()
	l.saved = map[message.MessageQueue]int64{}
	err := l.readLocked(l.file)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		l.log.Warn("offsets file damaged, taking the backup", zap.String("file", l.file), zap.Error(err))
	}
	if bak := l.readLocked(l.file + ".bak"); bak != nil && !(errors.Is(err, fs.ErrNotExist) && errors.Is(bak, fs.ErrNotExist)) {
		return fmt.Errorf("load offsets: %w", errors.Join(err, bak))
	}
	return nil
}

func (l *localOffsets) readLocked(name string) error {
	data, err := disk.ReadFile(l.disk, name)
	if err != nil {
		return err
	}
	var b body.ResetOffsetBody // the file has the same shape as that request
	if err := b.Decode(data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if b.OffsetTable != nil {
		l.saved = b.OffsetTable
	}
	l.before = data
	return nil
}

func (l *localOffsets) fetch(_ context.Context, mq message.MessageQueue) (int64, error) {
	l.saving.Lock()
	offset, ok := l.saved[mq]
	l.saving.Unlock()
	if !ok {
		return 0, errNoOffset
	}
	l.loaded(mq, offset)
	return offset, nil
}

func (l *localOffsets) persist(_ context.Context, mq message.MessageQueue) {
	if offset, ok := l.takeDirtyOf(mq); ok {
		l.save(map[message.MessageQueue]int64{mq: offset})
	}
}

func (l *localOffsets) persistAll(context.Context, bool) {
	if changed := l.takeDirty(); len(changed) > 0 {
		l.save(changed)
	}
}

// save merges the changes into the file. Offsets that could not be written are tried again the next time.
func (l *localOffsets) save(changed map[message.MessageQueue]int64) {
	l.saving.Lock()
	defer l.saving.Unlock()
	maps.Copy(l.saved, changed)
	if err := l.writeLocked(); err != nil {
		l.log.Warn("offsets not saved", zap.String("file", l.file), zap.Error(err))
		for mq := range changed {
			l.failed(mq)
		}
	}
}

// writeLocked writes the backup, then the file; at any point one of the two is whole.
func (l *localOffsets) writeLocked() error {
	if err := l.disk.MkdirAll(path.Dir(l.file)); err != nil {
		return err
	}
	if l.before != nil {
		if err := disk.WriteFile(l.disk, l.file+".bak", l.before); err != nil {
			return err
		}
	}
	b := body.ResetOffsetBody{OffsetTable: l.saved}
	data := b.Encode()
	if err := disk.WriteFile(l.disk, l.file, data); err != nil {
		return err
	}
	l.before = data
	return nil
}
