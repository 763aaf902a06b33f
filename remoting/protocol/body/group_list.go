package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// GroupList is a list of groups: the reply's body of 300.
//
// Java: remoting.protocol.body.GroupList (5.5.0).
type GroupList struct {
	GroupList []string
}

// Encode is the body as it goes over the wire.
func (b *GroupList) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *GroupList) Decode(data []byte) error { return decode("GroupList", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *GroupList) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("groupList")
	w.Strings(b.GroupList)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *GroupList) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "groupList":
			b.GroupList = r.Strings()
		}
	})
}
