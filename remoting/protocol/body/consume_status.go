package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ConsumeStatus are a consumer's rates for a topic; times in milliseconds, rates per second.
//
// Java: remoting.protocol.body.ConsumeStatus (5.5.0).
type ConsumeStatus struct {
	ConsumeFailedMsgs int64 // in the last hour
	ConsumeFailedTPS  float64
	ConsumeOKTPS      float64
	ConsumeRT         float64
	PullRT            float64
	PullTPS           float64
}

// Encode is the body as it goes over the wire.
func (b *ConsumeStatus) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ConsumeStatus) Decode(data []byte) error { return decode("ConsumeStatus", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ConsumeStatus) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.IntMember("consumeFailedMsgs", b.ConsumeFailedMsgs)
	w.DoubleMember("consumeFailedTPS", b.ConsumeFailedTPS)
	w.DoubleMember("consumeOKTPS", b.ConsumeOKTPS)
	w.DoubleMember("consumeRT", b.ConsumeRT)
	w.DoubleMember("pullRT", b.PullRT)
	w.DoubleMember("pullTPS", b.PullTPS)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumeStatus) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "consumeFailedMsgs":
			b.ConsumeFailedMsgs = r.Int64()
		case "consumeFailedTPS":
			b.ConsumeFailedTPS = r.Float64()
		case "consumeOKTPS":
			b.ConsumeOKTPS = r.Float64()
		case "consumeRT":
			b.ConsumeRT = r.Float64()
		case "pullRT":
			b.PullRT = r.Float64()
		case "pullTPS":
			b.PullTPS = r.Float64()
		}
	})
}
