package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ProducerInfo is one producer of a broker.
//
// Java: remoting.protocol.body.ProducerInfo (5.5.0).
type ProducerInfo struct {
	ClientID            string
	Language            string // protocol.Language's name
	LastUpdateTimestamp int64  // milliseconds since the Unix epoch
	RemoteIP            string
	Version             int32
}

// Encode is the body as it goes over the wire.
func (b *ProducerInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ProducerInfo) Decode(data []byte) error { return decode("ProducerInfo", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ProducerInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientId", b.ClientID)
	w.OptionalString("language", b.Language)
	w.IntMember("lastUpdateTimestamp", b.LastUpdateTimestamp)
	w.OptionalString("remoteIP", b.RemoteIP)
	w.IntMember("version", int64(b.Version))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ProducerInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "clientId":
			b.ClientID = r.String()
		case "language":
			b.Language = r.String()
		case "lastUpdateTimestamp":
			b.LastUpdateTimestamp = r.Int64()
		case "remoteIP":
			b.RemoteIP = r.String()
		case "version":
			b.Version = r.Int32()
		}
	})
}
