package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// PopProcessQueueInfo is what a consumer holds of one queue that it pops.
//
// Java: remoting.protocol.body.PopProcessQueueInfo (5.5.0).
type PopProcessQueueInfo struct {
	Dropped          bool // misspelt on the wire
	LastPopTimestamp int64
	WaitAckCount     int32
}

// Encode is the body as it goes over the wire.
func (b *PopProcessQueueInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *PopProcessQueueInfo) Decode(data []byte) error {
	return decode("PopProcessQueueInfo", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *PopProcessQueueInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.BoolMember("droped", b.Dropped)
	w.IntMember("lastPopTimestamp", b.LastPopTimestamp)
	w.IntMember("waitAckCount", int64(b.WaitAckCount))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *PopProcessQueueInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "droped":
			b.Dropped = r.Bool()
		case "lastPopTimestamp":
			b.LastPopTimestamp = r.Int64()
		case "waitAckCount":
			b.WaitAckCount = r.Int32()
		}
	})
}
