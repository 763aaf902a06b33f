package route

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// QueueData is how many queues a topic has on the brokers of one name. It is comparable.
//
// Java: remoting.protocol.route.QueueData (5.5.0).
type QueueData struct {
	BrokerName     string
	ReadQueueNums  int32
	WriteQueueNums int32
	// Perm are the bits 4 read, 2 write, 1 inherit.
	Perm         int32
	TopicSysFlag int32
}

// AppendJSON implements fastjson.Appender.
func (q *QueueData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("brokerName", q.BrokerName)
	w.IntMember("perm", int64(q.Perm))
	w.IntMember("readQueueNums", int64(q.ReadQueueNums))
	w.IntMember("topicSysFlag", int64(q.TopicSysFlag))
	w.IntMember("writeQueueNums", int64(q.WriteQueueNums))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (q *QueueData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerName":
			q.BrokerName = r.String()
		case "perm":
			q.Perm = r.Int32()
		case "readQueueNums":
			q.ReadQueueNums = r.Int32()
		case "topicSysFlag", "topicSynFlag": // 4.x had the slip of the pen
			q.TopicSysFlag = r.Int32()
		case "writeQueueNums":
			q.WriteQueueNums = r.Int32()
		}
	})
}
