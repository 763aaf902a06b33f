package route

import (
	"maps"
	"slices"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// BrokerData are the brokers of one name: a master and its slaves.
//
// Java: remoting.protocol.route.BrokerData (5.5.0).
type BrokerData struct {
	Cluster    string
	BrokerName string
	// BrokerAddrs is from broker ids to addresses "host:port"; id 0 is the master.
	BrokerAddrs        map[int64]string
	ZoneName           string
	EnableActingMaster bool
}

// AppendJSON implements fastjson.Appender.
func (b *BrokerData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("brokerAddrs")
	AppendBrokerAddrs(w, b.BrokerAddrs)
	w.OptionalString("brokerName", b.BrokerName)
	w.OptionalString("cluster", b.Cluster)
	w.BoolMember("enableActingMaster", b.EnableActingMaster)
	w.OptionalString("zoneName", b.ZoneName)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *BrokerData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerAddrs":
			b.BrokerAddrs = ReadBrokerAddrs(r)
		case "brokerName":
			b.BrokerName = r.String()
		case "cluster":
			b.Cluster = r.String()
		case "enableActingMaster":
			b.EnableActingMaster = r.Bool()
		case "zoneName":
			b.ZoneName = r.String()
		}
	})
}

// AppendBrokerAddrs writes a table of addresses by broker id, in the order of the ids.
func AppendBrokerAddrs(w *fastjson.Writer, addrs map[int64]string) {
	w.BeginObject()
	for _, id := range slices.Sorted(maps.Keys(addrs)) {
		w.IntKey(id)
		w.String(addrs[id])
	}
	w.EndObject()
}

// ReadBrokerAddrs reads a table of addresses by broker id.
func ReadBrokerAddrs(r *fastjson.Reader) map[int64]string {
	addrs := make(map[int64]string)
	var id int64
	r.Entries(func() { id = r.Int64() }, func() { addrs[id] = r.String() })
	return addrs
}
