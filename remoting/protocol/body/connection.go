package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// Connection is a client as a broker sees it.
//
// Java: remoting.protocol.body.Connection (5.5.0).
type Connection struct {
	ClientAddr string
	ClientID   string
	Language   string // protocol.Language's name
	Version    int32
}

// Encode is the body as it goes over the wire.
func (b *Connection) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *Connection) Decode(data []byte) error { return decode("Connection", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *Connection) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientAddr", b.ClientAddr)
	w.OptionalString("clientId", b.ClientID)
	w.OptionalString("language", b.Language)
	w.IntMember("version", int64(b.Version))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *Connection) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "clientAddr":
			b.ClientAddr = r.String()
		case "clientId":
			b.ClientID = r.String()
		case "language":
			b.Language = r.String()
		case "version":
			b.Version = r.Int32()
		}
	})
}
