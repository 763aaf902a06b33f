package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// DataVersion is the version of a broker's table: two are equal when all of their members are. It is comparable.
//
// Java: remoting.protocol.DataVersion (5.5.0).
type DataVersion struct {
	Counter      int64
	StateVersion int64 // of a controller; 0 without one
	Timestamp    int64 // of the last change, milliseconds since the Unix epoch
}

// Next is the version after a change at now, in milliseconds since the Unix epoch.
func (b DataVersion) Next(now int64) DataVersion {
	return DataVersion{Counter: b.Counter + 1, StateVersion: b.StateVersion, Timestamp: now}
}

// Encode is the version as it goes over the wire.
func (b *DataVersion) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a version. It keeps nothing of data.
func (b *DataVersion) Decode(data []byte) error { return decode("DataVersion", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *DataVersion) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.IntMember("counter", b.Counter)
	w.IntMember("stateVersion", b.StateVersion)
	w.IntMember("timestamp", b.Timestamp)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable. 4.x has no stateVersion.
func (b *DataVersion) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "counter":
			b.Counter = r.Int64()
		case "stateVersion", "stateMachineVersion":
			b.StateVersion = r.Int64()
		case "timestamp", "timestatmp": // as 4.x once spelt it
			b.Timestamp = r.Int64()
		}
	})
}
