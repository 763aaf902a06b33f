package store

// GetMessageStatus is the outcome of a pull. Java: store.GetMessageStatus (5.5.0), in its order.
type GetMessageStatus int32

// The get statuses.
const (
	Found GetMessageStatus = iota
	NoMatchedMessage
	MessageWasRemoving
	OffsetFoundNull
	OffsetOverflowBadly
	OffsetOverflowOne
	OffsetTooSmall
	NoMatchedLogicQueue
	NoMessageInQueue
	OffsetReset
)

var getMessageStatusNames = [...]string{
	"FOUND", "NO_MATCHED_MESSAGE", "MESSAGE_WAS_REMOVING", "OFFSET_FOUND_NULL", "OFFSET_OVERFLOW_BADLY", "OFFSET_OVERFLOW_ONE",
	"OFFSET_TOO_SMALL", "NO_MATCHED_LOGIC_QUEUE", "NO_MESSAGE_IN_QUEUE", "OFFSET_RESET",
}

// String is Apache's name of the status.
func (s GetMessageStatus) String() string {
	if s < 0 || int(s) >= len(getMessageStatusNames) {
		return "UNKNOWN"
	}
	return getMessageStatusNames[s]
}

// GetMessageResult is what a pull found. Java: store.GetMessageResult (5.5.0).
type GetMessageResult struct {
	Status          GetMessageStatus
	NextBeginOffset int64
	MinOffset       int64
	MaxOffset       int64
	// Buffer holds the records one behind the other, as they travel to a consumer. It belongs to the caller until Release.
	Buffer []byte
	// Sizes are the records' lengths; QueueOffsets their queue offsets.
	Sizes        []int32
	QueueOffsets []int64
	// SuggestPullingFromSlave says that the consumer lags by more than memory holds.
	SuggestPullingFromSlave bool
	// CommercialCount is the number of messages in units of 4 KiB, as Apache's broker counts them.
	CommercialCount int
	// ColdDataSum is always 0: cold data control is not implemented here.
	ColdDataSum int64
}

// MessageCount is the number of records.
func (r *GetMessageResult) MessageCount() int { return len(r.Sizes) }

// BufferTotalSize is the number of bytes of all records.
func (r *GetMessageResult) BufferTotalSize() int { return len(r.Buffer) }

// Release gives the buffer back; the records must not be touched afterwards. Calling it is optional and may be repeated.
func (r *GetMessageResult) Release() { r.Buffer = nil }

// Record is the i-th record's bytes.
func (r *GetMessageResult) Record(i int) []byte {
	from := 0
	for _, n := range r.Sizes[:i] {
		from += int(n)
	}
	return r.Buffer[from : from+int(r.Sizes[i])]
}

// QueryMessageResult is what a query by key found. Java: store.QueryMessageResult (5.5.0).
type QueryMessageResult struct {
	// Buffer holds the records one behind the other.
	Buffer []byte
	Sizes  []int32
	// IndexLastUpdateTimestamp, in ms, and IndexLastUpdatePhyOffset are of the newest index entry; 0 when the key is not in the index.
	IndexLastUpdateTimestamp int64
	IndexLastUpdatePhyOffset int64
}

// Boundary says which of several messages of one store time an offset by time means.
type Boundary int

// The boundaries.
const (
	// Lower is the first message at or after the time.
	Lower Boundary = iota
	// Upper is the last message at or before the time.
	Upper
)
