package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ConsumeMessageDirectlyResult is how the processing of one message went: the reply's body of 309.
//
// Java: remoting.protocol.body.ConsumeMessageDirectlyResult (5.5.0).
type ConsumeMessageDirectlyResult struct {
	AutoCommit      bool
	ConsumeResult   string // CR_SUCCESS and so on
	Order           bool
	Remark          string
	SpentTimeMillis int64
}

// Encode is the body as it goes over the wire.
func (b *ConsumeMessageDirectlyResult) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ConsumeMessageDirectlyResult) Decode(data []byte) error {
	return decode("ConsumeMessageDirectlyResult", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *ConsumeMessageDirectlyResult) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.BoolMember("autoCommit", b.AutoCommit)
	w.OptionalString("consumeResult", b.ConsumeResult)
	w.BoolMember("order", b.Order)
	w.OptionalString("remark", b.Remark)
	w.IntMember("spentTimeMills", b.SpentTimeMillis)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumeMessageDirectlyResult) ReadJSON(r *fastjson.Reader) {
	b.AutoCommit = true // where it is absent
	r.Object(func(name string) {
		switch name {
		case "autoCommit":
			b.AutoCommit = r.Bool()
		case "consumeResult":
			b.ConsumeResult = r.String()
		case "order":
			b.Order = r.Bool()
		case "remark":
			b.Remark = r.String()
		case "spentTimeMills":
			b.SpentTimeMillis = r.Int64()
		}
	})
}
