package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"sync"

	"github.com/plumemq/plume/internal/disk"
)

const (
	fileSize    = 4096
	apacheSize  = 48
	watermarkAt = 64
	copyAt      = watermarkAt + 48
	crcAt       = copyAt + apacheSize
	recordSize  = crcAt + 4
	magic       = 0x506C756D65434B31 // "PlumeCK1"
)

// State is what the file says.
type State struct {
	// The store timestamps, in ms, up to which the commit log, the consume queues and the index are on disk.
	PhysicMsgTimestamp int64
	LogicsMsgTimestamp int64
	IndexMsgTimestamp  int64
	// MasterFlushedOffset and ConfirmPhyOffset belong to replication.
	MasterFlushedOffset int64
	ConfirmPhyOffset    int64
	// LogicsPhysicalOffset is the physical offset up to which the consume queues are on disk.
	LogicsPhysicalOffset int64
	// Watermark is Plume's part; nil when the file has none, or another program wrote the file since.
	Watermark *Watermark
}

// Watermark says how far the store was known to be on disk, in offsets.
type Watermark struct {
	// Durable is the physical offset up to which the commit log is on disk; Dispatched up to which consume queues and index are.
	Durable    int64
	Dispatched int64
	// Queues is the number of consume queues that hold something, QueueOffsets the sum of their max offsets.
	Queues       int64
	QueueOffsets int64
	// IndexEnd is the physical offset of the last message indexed, -1 if none.
	IndexEnd int64
}

// File is the checkpoint file. It is safe for concurrent use.
//
// Java: store.StoreCheckpoint (5.5.0).
type File struct {
	mu   sync.Mutex
	disk disk.Disk
	name string
}

// NewFile is the checkpoint in the file name, which need not exist yet.
func NewFile(d disk.Disk, name string) *File { return &File{disk: d, name: name} }

// Read is what the file says, or found=false when there is none. A file that is too short counts as zeros.
func (f *File) Read() (s State, found bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, err := disk.ReadFile(f.disk, f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, false, nil
	} else if err != nil {
		return State{}, false, err
	}
	return Decode(data), true, nil
}

// Write replaces what the file says, durably. The record lies within one sector, so it is written wholly or not at all.
func (f *File) Write(s State) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, statErr := f.disk.Stat(f.name)
	file, err := f.disk.OpenFile(f.name, true, fileSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.WriteAt(Append(nil, s), 0); err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", f.name, err)
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		return f.disk.SyncDir(path.Dir(f.name))
	}
	return nil
}

// Append appends the file's content up to its last used byte.
func Append(dst []byte, s State) []byte {
	begin := len(dst)
	for _, v := range []int64{
		s.PhysicMsgTimestamp, s.LogicsMsgTimestamp, s.IndexMsgTimestamp,
		s.MasterFlushedOffset, s.ConfirmPhyOffset, s.LogicsPhysicalOffset,
	} {
		dst = binary.BigEndian.AppendUint64(dst, uint64(v))
	}
	dst = append(dst, make([]byte, watermarkAt-apacheSize)...)
	w := s.Watermark
	if w == nil {
		return append(dst, make([]byte, recordSize-watermarkAt)...)
	}
	for _, v := range []int64{magic, w.Durable, w.Dispatched, w.Queues, w.QueueOffsets, w.IndexEnd} {
		dst = binary.BigEndian.AppendUint64(dst, uint64(v))
	}
	dst = append(dst, dst[begin:begin+apacheSize]...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[begin+watermarkAt:]))
}

// Decode reads a file's content. What is missing is zero; a watermark that is damaged or stale is nil.
func Decode(data []byte) (s State) {
	if len(data) < recordSize {
		data = append(bytes.Clone(data), make([]byte, recordSize-len(data))...)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(data[i:])) }
	s = State{
		PhysicMsgTimestamp: at(0), LogicsMsgTimestamp: at(8), IndexMsgTimestamp: at(16),
		MasterFlushedOffset: at(24), ConfirmPhyOffset: at(32), LogicsPhysicalOffset: at(40),
	}
	crc := binary.BigEndian.Uint32(data[crcAt:])
	intact := at(watermarkAt) == magic && crc == crc32.ChecksumIEEE(data[watermarkAt:crcAt])
	if intact && bytes.Equal(data[:apacheSize], data[copyAt:crcAt]) {
		s.Watermark = &Watermark{
			Durable: at(watermarkAt + 8), Dispatched: at(watermarkAt + 16),
			Queues: at(watermarkAt + 24), QueueOffsets: at(watermarkAt + 32), IndexEnd: at(watermarkAt + 40),
		}
	}
	return s
}
