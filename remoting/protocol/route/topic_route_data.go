package route

import (
	"fmt"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// TopicRouteData is the answer to GET_ROUTEINFO_BY_TOPIC.
//
// Java: remoting.protocol.route.TopicRouteData (5.5.0).
type TopicRouteData struct {
	// OrderTopicConf is the topic's order configuration, "broker-a:4;broker-b:4", or "" if it has none.
	OrderTopicConf string
	QueueDatas     []QueueData
	BrokerDatas    []BrokerData
	// FilterServerTable is from broker addresses to filter servers: empty since 4.x.
	FilterServerTable map[string][]string
	// TopicQueueMappingByBroker is from broker names to a static topic's queues there; nil for other topics.
	TopicQueueMappingByBroker map[string]TopicQueueMappingInfo
}

// Encode is the route in Apache's dialect, with bare numbers as the keys of BrokerAddrs, as clients before 4.9.4 expect it.
func (d *TopicRouteData) Encode() []byte { return fastjson.Marshal(d) }

// EncodeStandard is the route in strict JSON, as clients from 4.9.4 on get it.
func (d *TopicRouteData) EncodeStandard() []byte {
	w := fastjson.Writer{Standard: true}
	d.AppendJSON(&w)
	return w.Bytes()
}

// Decode reads a route in either form. It keeps nothing of data.
func (d *TopicRouteData) Decode(data []byte) error {
	if err := fastjson.Unmarshal(data, d); err != nil {
		return fmt.Errorf("route data: %w", err)
	}
	return nil
}

// AppendJSON implements fastjson.Appender.
func (d *TopicRouteData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("brokerDatas")
	fastjson.AppendList(w, d.BrokerDatas)
	w.Key("filterServerTable")
	w.BeginObject()
	for _, addr := range fastjson.SortedKeys(d.FilterServerTable) {
		w.Key(addr)
		w.Strings(d.FilterServerTable[addr])
	}
	w.EndObject()
	w.OptionalString("orderTopicConf", d.OrderTopicConf)
	w.Key("queueDatas")
	fastjson.AppendList(w, d.QueueDatas)
	if d.TopicQueueMappingByBroker != nil {
		w.Key("topicQueueMappingByBroker")
		fastjson.AppendTable(w, d.TopicQueueMappingByBroker)
	}
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (d *TopicRouteData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerDatas":
			d.BrokerDatas = fastjson.ReadList[BrokerData](r)
		case "filterServerTable":
			d.FilterServerTable = make(map[string][]string)
			var addr string
			r.Entries(func() { addr = r.String() }, func() { d.FilterServerTable[addr] = r.Strings() })
		case "orderTopicConf":
			d.OrderTopicConf = r.String()
		case "queueDatas":
			d.QueueDatas = fastjson.ReadList[QueueData](r)
		case "topicQueueMappingByBroker":
			if !r.IsNull() {
				d.TopicQueueMappingByBroker = fastjson.ReadTable[TopicQueueMappingInfo](r)
			}
		}
	})
}
