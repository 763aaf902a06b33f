package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// BrokerStatsData is a statistic of a broker: the reply's body of 315.
//
// Java: remoting.protocol.body.BrokerStatsData (5.5.0).
type BrokerStatsData struct {
	StatsDay    BrokerStatsItem
	StatsHour   BrokerStatsItem
	StatsMinute BrokerStatsItem
}

// Encode is the body as it goes over the wire.
func (b *BrokerStatsData) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *BrokerStatsData) Decode(data []byte) error { return decode("BrokerStatsData", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *BrokerStatsData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("statsDay")
	b.StatsDay.AppendJSON(w)
	w.Key("statsHour")
	b.StatsHour.AppendJSON(w)
	w.Key("statsMinute")
	b.StatsMinute.AppendJSON(w)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *BrokerStatsData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "statsDay":
			b.StatsDay.ReadJSON(r)
		case "statsHour":
			b.StatsHour.ReadJSON(r)
		case "statsMinute":
			b.StatsMinute.ReadJSON(r)
		}
	})
}
