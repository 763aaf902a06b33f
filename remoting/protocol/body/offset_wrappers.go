package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ConsumerOffsetSerializeWrapper are the offsets of all groups: the reply's body of 43, and config/consumerOffset.json.
//
// Java: remoting.protocol.body.ConsumerOffsetSerializeWrapper (5.5.0).
type ConsumerOffsetSerializeWrapper struct {
	// DataVersion is nil where there is none, as before 5.x.
	DataVersion *DataVersion
	// OffsetTable is by "topic@group" and queue id.
	OffsetTable map[string]map[int32]int64
}

// Encode is the body as it goes over the wire.
func (b *ConsumerOffsetSerializeWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body or a file. It keeps nothing of data.
func (b *ConsumerOffsetSerializeWrapper) Decode(data []byte) error {
	return decode("ConsumerOffsetSerializeWrapper", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *ConsumerOffsetSerializeWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	if b.DataVersion != nil {
		w.Key("dataVersion")
		b.DataVersion.AppendJSON(w)
	}
	w.Key("offsetTable")
	w.BeginObject()
	for _, key := range fastjson.SortedKeys(b.OffsetTable) {
		w.Key(key)
		appendLongMap(w, b.OffsetTable[key])
	}
	w.EndObject()
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumerOffsetSerializeWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			b.DataVersion = new(DataVersion)
			b.DataVersion.ReadJSON(r)
		case "offsetTable":
			b.OffsetTable = make(map[string]map[int32]int64)
			var key string
			r.Entries(func() { key = r.String() }, func() { b.OffsetTable[key] = readLongMap(r) })
		}
	})
}

// DelayOffsetSerializeWrapper is how far the delay levels have come: the reply's body of 45, and config/delayOffset.json.
//
// Java: broker.schedule.DelayOffsetSerializeWrapper (5.5.0).
type DelayOffsetSerializeWrapper struct {
	// DataVersion is nil where there is none, as before 5.x.
	DataVersion *DataVersion
	// OffsetTable is by delay level.
	OffsetTable map[int32]int64
}

// Encode is the body as it goes over the wire.
func (b *DelayOffsetSerializeWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body or a file. It keeps nothing of data.
func (b *DelayOffsetSerializeWrapper) Decode(data []byte) error {
	return decode("DelayOffsetSerializeWrapper", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *DelayOffsetSerializeWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	if b.DataVersion != nil {
		w.Key("dataVersion")
		b.DataVersion.AppendJSON(w)
	}
	w.Key("offsetTable")
	appendLongMap(w, b.OffsetTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *DelayOffsetSerializeWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			b.DataVersion = new(DataVersion)
			b.DataVersion.ReadJSON(r)
		case "offsetTable":
			b.OffsetTable = readLongMap(r)
		}
	})
}
