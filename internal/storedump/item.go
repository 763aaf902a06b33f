package storedump

import (
	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/message"
)

// Item is something found: a *Checkpoint, *Record, *Unit, *IndexHeader, *Entry or *Damage.
type Item interface{ item() }

// Checkpoint is what the file checkpoint says, and how the last run ended.
type Checkpoint struct {
	checkpoint.State
	// Abort says that the file abort is there: a broker is running, or ended badly.
	Abort bool
	// Found says that there is a checkpoint at all.
	Found bool
}

// Record is a message of the commit log. It is valid until the next item.
type Record struct {
	File   string
	Offset int64 // in the commit log
	message.Record
}

// Unit is an entry of a consume queue.
type Unit struct {
	Topic       string
	Queue       int
	QueueOffset int64
	PhyOffset   int64
	Size        int32
	TagsCode    int64
	// Blank says that it only fills the place of a message that is not in the commit log.
	Blank bool
}

// IndexHeader is the head of an index file. Its entries follow.
type IndexHeader struct {
	File                         string
	BeginTimestamp, EndTimestamp int64 // ms
	BeginPhyOffset, EndPhyOffset int64
	SlotsUsed, Slots, Entries    int32
}

// Entry is an entry of an index file.
type Entry struct {
	File      string
	Number    int32
	KeyHash   int32
	PhyOffset int64
	Timestamp int64 // ms, to the second
	Previous  int32 // the chain's next older entry; 0 for none
}

// Damage is something that cannot be what it should be.
type Damage struct {
	File   string
	Offset int64 // within the file
	Err    error
	// Skipped says how the walk went on: "record", "rest of file".
	Skipped string
}

func (*Checkpoint) item()  {}
func (*Record) item()      {}
func (*Unit) item()        {}
func (*IndexHeader) item() {}
func (*Entry) item()       {}
func (*Damage) item()      {}
