package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// BrokerStatsItem is one window of a statistic.
//
// Java: remoting.protocol.body.BrokerStatsItem (5.5.0).
type BrokerStatsItem struct {
	AvgPT float64 // average of what is counted, per time that it was
	Sum   int64
	TPS   float64
}

// Encode is the body as it goes over the wire.
func (b *BrokerStatsItem) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *BrokerStatsItem) Decode(data []byte) error { return decode("BrokerStatsItem", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *BrokerStatsItem) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.DoubleMember("avgpt", b.AvgPT)
	w.IntMember("sum", b.Sum)
	w.DoubleMember("tps", b.TPS)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *BrokerStatsItem) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "avgpt":
			b.AvgPT = r.Float64()
		case "sum":
			b.Sum = r.Int64()
		case "tps":
			b.TPS = r.Float64()
		}
	})
}
