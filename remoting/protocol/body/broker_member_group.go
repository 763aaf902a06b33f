package body

import (
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// BrokerMemberGroup are the brokers of one name.
//
// Java: remoting.protocol.body.BrokerMemberGroup (5.5.0).
type BrokerMemberGroup struct {
	BrokerAddrs map[int64]string // by broker id
	BrokerName  string
	Cluster     string
}

// Encode is the body as it goes over the wire.
func (b *BrokerMemberGroup) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *BrokerMemberGroup) Decode(data []byte) error { return decode("BrokerMemberGroup", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *BrokerMemberGroup) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("brokerAddrs")
	route.AppendBrokerAddrs(w, b.BrokerAddrs)
	w.OptionalString("brokerName", b.BrokerName)
	w.OptionalString("cluster", b.Cluster)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *BrokerMemberGroup) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerAddrs":
			b.BrokerAddrs = route.ReadBrokerAddrs(r)
		case "brokerName":
			b.BrokerName = r.String()
		case "cluster":
			b.Cluster = r.String()
		}
	})
}
