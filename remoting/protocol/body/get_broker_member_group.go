package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// GetBrokerMemberGroupResponseBody is the reply's body of 901.
//
// Java: remoting.protocol.body.GetBrokerMemberGroupResponseBody (5.5.0).
type GetBrokerMemberGroupResponseBody struct {
	BrokerMemberGroup *BrokerMemberGroup // nil where there is none
}

// Encode is the body as it goes over the wire.
func (b *GetBrokerMemberGroupResponseBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *GetBrokerMemberGroupResponseBody) Decode(data []byte) error {
	return decode("GetBrokerMemberGroupResponseBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *GetBrokerMemberGroupResponseBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	if b.BrokerMemberGroup != nil {
		w.Key("brokerMemberGroup")
		b.BrokerMemberGroup.AppendJSON(w)
	}
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *GetBrokerMemberGroupResponseBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerMemberGroup":
			b.BrokerMemberGroup = new(BrokerMemberGroup)
			b.BrokerMemberGroup.ReadJSON(r)
		}
	})
}
