package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// TopicList is a list of topics: the reply's body of 206, 224, 304, 305, 311-313 and 343.
//
// Java: remoting.protocol.body.TopicList (5.5.0).
type TopicList struct {
	BrokerAddr string // a broker that knows more of them
	TopicList  []string
}

// Encode is the body as it goes over the wire.
func (b *TopicList) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *TopicList) Decode(data []byte) error { return decode("TopicList", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *TopicList) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("brokerAddr", b.BrokerAddr)
	w.Key("topicList")
	w.Strings(b.TopicList)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *TopicList) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerAddr":
			b.BrokerAddr = r.String()
		case "topicList":
			b.TopicList = r.Strings()
		}
	})
}
