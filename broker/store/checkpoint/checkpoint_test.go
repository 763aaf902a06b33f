package checkpoint

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/disk"
)

var sample = State{
	PhysicMsgTimestamp: 1, LogicsMsgTimestamp: 2, IndexMsgTimestamp: 3, MasterFlushedOffset: 4, ConfirmPhyOffset: 5,
	LogicsPhysicalOffset: 6,
	Watermark:            &Watermark{Durable: 7, Dispatched: 8, Queues: 9, QueueOffsets: 10, IndexEnd: -1},
}

func TestWriteThenRead(t *testing.T) {
	f := NewFile(disk.System, t.TempDir()+"/checkpoint")
	if _, found, err := f.Read(); found || err != nil {
		t.Fatalf("missing file: found %v, %v", found, err)
	}
	if err := f.Write(sample); err != nil {
		t.Fatal(err)
	}
	got, found, err := f.Read()
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	if diff := cmp.Diff(sample, got); diff != "" {
		t.Error(diff)
	}
}

// Java rewrites its own six numbers and leaves the rest: then ours is stale.
func TestWatermarkIsIgnoredAfterAJavaRun(t *testing.T) {
	data := Append(nil, sample)
	binary.BigEndian.PutUint64(data[8:], 99)
	got := Decode(data)
	if got.Watermark != nil || got.LogicsMsgTimestamp != 99 {
		t.Errorf("got %+v", got)
	}
}

func TestWatermarkIsIgnoredWhenDamaged(t *testing.T) {
	for at := watermarkAt; at < recordSize; at++ {
		data := Append(nil, sample)
		data[at] ^= 1
		if Decode(data).Watermark != nil {
			t.Errorf("a flipped bit in byte %d went unnoticed", at)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, sample))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Decode(data)
		if diff := cmp.Diff(s, Decode(Append(nil, s))); diff != "" {
			t.Error(diff)
		}
	})
}
