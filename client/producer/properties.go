package producer

import "github.com/plumemq/plume/message"

// prepare gives the message what all of its attempts carry: its id, its properties in wire form, its body.
func (p *Producer) prepare(out *outgoing) (err error) {
	if out.batch {
		return p.encodeBatch(out)
	}
	out.id, out.body = p.uniqID(out.msg), out.msg.Body
	if out.msg.Properties.Get(message.PropertyTransactionPrepared) == "true" {
		out.sysFlag |= message.FlagTransactionPrepared
	}
	var room [256]byte
	out.properties = string(p.appendProperties(room[:0], out))
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

// appendProperties writes the message's properties and those that the producer adds.
func (p *Producer) appendProperties(dst []byte, out *outgoing) []byte {
	properties := out.msg.Properties
	if message.IsRetryTopic(out.topic) { // these two travel in the header
		properties = properties.Clone()
		properties.Delete(message.PropertyReconsumeTime)
		properties.Delete(message.PropertyMaxReconsumeTimes)
	}
	dst = properties.AppendTo(dst)
	if properties.Get(message.PropertyUniqClientMessageIDKeyIdx) == "" {
		dst = appendProperty(dst, message.PropertyUniqClientMessageIDKeyIdx, out.id)
	}
	if p.cfg.Namespace != "" {
		dst = appendProperty(dst, message.PropertyInstanceID, p.cfg.Namespace)
	}
	return appendTraceContext(dst, out, p)
}

func appendProperty(dst []byte, name, value string) []byte {
	one := [1]message.Property{{Name: name, Value: value}}
	return message.Properties(one[:]).AppendTo(dst)
}
