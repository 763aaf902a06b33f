package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// RegisterBrokerBody is what a broker registers: its topics. The body of 103.
//
// Java: remoting.protocol.body.RegisterBrokerBody (5.5.0).
type RegisterBrokerBody struct {
	TopicConfigSerializeWrapper TopicConfigAndMappingSerializeWrapper
	FilterServerList            []string
}

// Encode is the body in its plain form.
func (b *RegisterBrokerBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body in its plain form. It keeps nothing of data.
func (b *RegisterBrokerBody) Decode(data []byte) error { return decode("RegisterBrokerBody", data, b) }

// DecodeAny reads a body in either form. The header's "compressed" does not tell them apart, for 5.x brokers always deny it:
// a zlib stream begins with 0x78, JSON does not.
func (b *RegisterBrokerBody) DecodeAny(data []byte) error {
	if len(data) > 0 && data[0] == 0x78 {
		return b.DecodeCompressed(data)
	}
	return b.Decode(data)
}

// AppendJSON implements fastjson.Appender.
func (b *RegisterBrokerBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("filterServerList")
	w.Strings(b.FilterServerList)
	w.Key("topicConfigSerializeWrapper")
	b.TopicConfigSerializeWrapper.AppendJSON(w)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *RegisterBrokerBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "filterServerList":
			b.FilterServerList = r.Strings()
		case "topicConfigSerializeWrapper":
			b.TopicConfigSerializeWrapper.ReadJSON(r)
		}
	})
}
