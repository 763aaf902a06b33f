package producer

import "github.com/plumemq/plume/message"

// prepare gives the message what all of its attempts carry: its id, its properties in wire form, its body.
func (p *Producer) prepare(out *outgoing) (err error) {
	if out.batch {
		return p.encodeBatch(out)
	}
	out.body = out.msg.Body
	if out.msg.Properties.Get(message.PropertyTransactionPrepared) == "true" {
		out.sysFlag |= message.FlagTransactionPrepared
	}
	var room [256]byte
	wire, id := p.appendProperties(room[:0], out)
	out.properties = string(wire)
	if out.id = out.msg.UniqID(); out.id == "" {
		out.id = out.properties[id.start:id.end]
	}
	return nil
}

// uniqID is the message's own id if it has one, else a new one.
//
// Java: common.message.MessageClientIDSetter#setUniqID (5.5.0).
func (p *Producer) uniqID(msg *message.Message) string {
	if id := msg.Properties.Get(message.PropertyUniqClientMessageIDKeyIdx); id != "" {
		return id
	}
	return p.ids.Next()
}

// place is a part of the properties in wire form.
type place struct{ start, end int }

// appendProperties writes the message's properties and those that the producer adds, and says where it put a new id.
func (p *Producer) appendProperties(dst []byte, out *outgoing) (wire []byte, id place) {
	properties := out.msg.Properties
	if message.IsRetryTopic(out.topic) { // these two travel in the header
		properties = properties.Clone()
		properties.Delete(message.PropertyReconsumeTime)
		properties.Delete(message.PropertyMaxReconsumeTimes)
	}
	dst = properties.AppendTo(dst)
	if properties.Get(message.PropertyUniqClientMessageIDKeyIdx) == "" {
		dst = append(dst, message.PropertyUniqClientMessageIDKeyIdx+"\x01"...)
		id.start = len(dst)
		dst = p.ids.AppendNext(dst, out.began)
		id.end = len(dst)
		dst = append(dst, '\x02')
	}
	if p.cfg.Namespace != "" {
		dst = message.AppendProperty(dst, message.PropertyInstanceID, p.cfg.Namespace)
	}
	return appendTraceContext(dst, out, p), id
}
