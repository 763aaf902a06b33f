package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ProcessQueueInfo is what a consumer holds of one queue.
//
// Java: remoting.protocol.body.ProcessQueueInfo (5.5.0).
type ProcessQueueInfo struct {
	CachedMsgCount          int32
	CachedMsgMaxOffset      int64
	CachedMsgMinOffset      int64
	CachedMsgSizeInMiB      int32
	CommitOffset            int64
	Dropped                 bool // misspelt on the wire
	LastConsumeTimestamp    int64
	LastLockTimestamp       int64
	LastPullTimestamp       int64
	Locked                  bool
	TransactionMsgCount     int32
	TransactionMsgMaxOffset int64
	TransactionMsgMinOffset int64
	TryUnlockTimes          int64
}

// Encode is the body as it goes over the wire.
func (b *ProcessQueueInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ProcessQueueInfo) Decode(data []byte) error { return decode("ProcessQueueInfo", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ProcessQueueInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.IntMember("cachedMsgCount", int64(b.CachedMsgCount))
	w.IntMember("cachedMsgMaxOffset", b.CachedMsgMaxOffset)
	w.IntMember("cachedMsgMinOffset", b.CachedMsgMinOffset)
	w.IntMember("cachedMsgSizeInMiB", int64(b.CachedMsgSizeInMiB))
	w.IntMember("commitOffset", b.CommitOffset)
	w.BoolMember("droped", b.Dropped)
	w.IntMember("lastConsumeTimestamp", b.LastConsumeTimestamp)
	w.IntMember("lastLockTimestamp", b.LastLockTimestamp)
	w.IntMember("lastPullTimestamp", b.LastPullTimestamp)
	w.BoolMember("locked", b.Locked)
	w.IntMember("transactionMsgCount", int64(b.TransactionMsgCount))
	w.IntMember("transactionMsgMaxOffset", b.TransactionMsgMaxOffset)
	w.IntMember("transactionMsgMinOffset", b.TransactionMsgMinOffset)
	w.IntMember("tryUnlockTimes", b.TryUnlockTimes)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ProcessQueueInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "cachedMsgCount":
			b.CachedMsgCount = r.Int32()
		case "cachedMsgMaxOffset":
			b.CachedMsgMaxOffset = r.Int64()
		case "cachedMsgMinOffset":
			b.CachedMsgMinOffset = r.Int64()
		case "cachedMsgSizeInMiB":
			b.CachedMsgSizeInMiB = r.Int32()
		case "commitOffset":
			b.CommitOffset = r.Int64()
		case "droped":
			b.Dropped = r.Bool()
		case "lastConsumeTimestamp":
			b.LastConsumeTimestamp = r.Int64()
		case "lastLockTimestamp":
			b.LastLockTimestamp = r.Int64()
		case "lastPullTimestamp":
			b.LastPullTimestamp = r.Int64()
		case "locked":
			b.Locked = r.Bool()
		case "transactionMsgCount":
			b.TransactionMsgCount = r.Int32()
		case "transactionMsgMaxOffset":
			b.TransactionMsgMaxOffset = r.Int64()
		case "transactionMsgMinOffset":
			b.TransactionMsgMinOffset = r.Int64()
		case "tryUnlockTimes":
			b.TryUnlockTimes = r.Int64()
		}
	})
}
