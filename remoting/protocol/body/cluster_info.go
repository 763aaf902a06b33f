package body

import (
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// ClusterInfo are a name server's brokers and clusters: the reply's body of 106.
//
// Java: remoting.protocol.body.ClusterInfo (5.5.0).
type ClusterInfo struct {
	BrokerAddrTable  map[string]route.BrokerData // by broker name
	ClusterAddrTable map[string][]string         // broker names by cluster
}

// Encode is the body as it goes over the wire.
func (b *ClusterInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ClusterInfo) Decode(data []byte) error { return decode("ClusterInfo", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ClusterInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("brokerAddrTable")
	fastjson.AppendTable(w, b.BrokerAddrTable)
	w.Key("clusterAddrTable")
	w.BeginObject()
	for _, key := range fastjson.SortedKeys(b.ClusterAddrTable) {
		w.Key(key)
		w.Strings(b.ClusterAddrTable[key])
	}
	w.EndObject()
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ClusterInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerAddrTable":
			b.BrokerAddrTable = fastjson.ReadTable[route.BrokerData](r)
		case "clusterAddrTable":
			b.ClusterAddrTable = make(map[string][]string)
			var key string
			r.Entries(func() { key = r.String() }, func() { b.ClusterAddrTable[key] = r.Strings() })
		}
	})
}
