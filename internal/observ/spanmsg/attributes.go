package spanmsg

import (
	"bytes"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// Prepared are attributes that many spans have, encoded once. It never changes.
type Prepared struct {
	Attrs []attribute.KeyValue // not to be changed; no key twice

	encoded Wire
	keys    keySet
	odd     bool // a key has no number, or a value has values in it
}

// Prepare encodes attributes.
func Prepare(attrs ...attribute.KeyValue) *Prepared {
	p := &Prepared{Attrs: attrs, encoded: Wire(nil).SpanAttributes(attrs)}
	for i := range attrs {
		k := keyOf(attrs[i].Key)
		if p.odd = p.odd || k == nil || nested(&attrs[i]); k != nil {
			p.keys.add(k)
		}
	}
	return p
}

// Set adds attributes; one that is there already gets the new value. Keys are told apart by what is written of them.
func (m *Message) Set(turn uint64, attrs []attribute.KeyValue) {
	if m.enter(turn) {
		m.set(attrs)
		m.mu.Unlock()
	}
}

func (m *Message) set(attrs []attribute.KeyValue) {
	for i := range attrs {
		m.attribute(&attrs[i])
	}
}

func (m *Message) attribute(kv *attribute.KeyValue) {
	if !kv.Valid() {
		m.tail.DroppedAttributes++
		return
	}
	k := keyOf(kv.Key)
	if k == nil || m.keys.has(k) {
		m.forget(kv.Key, k)
	}
	if most := m.limit.AttributeCount; most >= 0 && m.attributes >= most {
		m.tail.DroppedAttributes++
		return
	}
	if m.limit.AttributeValueLength >= 0 || nested(kv) {
		kv = limited(kv, m.limit.AttributeValueDepth, m.limit.AttributeValueLength)
	}
	if k == nil {
		m.wire = m.wire.attributeOf(spanAttribute, []byte(keyField(kv.Key)), &kv.Value)
	} else {
		m.wire = m.wire.attributeOf(spanAttribute, k.written(), &kv.Value)
		m.keys.add(k)
	}
	m.attributes++
	if m.watch != nil && !m.seen {
		m.seen = m.watch(*kv)
	}
}

// forget takes back what is written of a key, if anything is. k is nil if it has no number.
func (m *Message) forget(name attribute.Key, k *key) {
	m.own()
	field := keyField(name)
	for at := 0; at < len(m.wire); {
		number, kind, n := protowire.ConsumeTag(m.wire[at:])
		size := protowire.ConsumeFieldValue(number, kind, m.wire[at+n:])
		if n < 0 || size < 0 {
			return // never: what is written can be read
		}
		if number == spanAttribute {
			if pair, _ := protowire.ConsumeBytes(m.wire[at+n:]); bytes.HasPrefix(pair, []byte(field)) {
				m.cut(at, at+n+size)
				m.attributes--
				if k != nil {
					m.keys.remove(k)
				}
				return
			}
		}
		at += n + size
	}
}

// own makes the attributes that the span has in common with others its own, so that they can be changed.
func (m *Message) own() {
	if m.head == &m.heads.full {
		m.head, m.wire = &m.heads.bare, slices.Insert(m.wire, 0, m.heads.full[len(m.heads.bare):]...)
	}
}

// cut takes out what is written there.
func (m *Message) cut(begin, end int) { m.wire = slices.Delete(m.wire, begin, end) }

// SetPrepared adds prepared attributes.
func (m *Message) SetPrepared(turn uint64, p *Prepared) {
	if m.enter(turn) {
		m.setPrepared(p)
		m.mu.Unlock()
	}
}

func (m *Message) setPrepared(p *Prepared) {
	most := m.limit.AttributeCount
	if m.keys.intersects(&p.keys) || !m.limit.admits(p) || most >= 0 && m.attributes+len(p.Attrs) > most {
		m.set(p.Attrs)
		return
	}
	m.wire = append(m.wire, p.encoded...)
	m.keys.addAll(&p.keys)
	m.attributes += len(p.Attrs)
}

// firstAttributes are as many as there may be, of those that are valid, the last of each key.
func firstAttributes(attrs []attribute.KeyValue, most int) (kept []attribute.KeyValue, dropped int) {
	if asTheyAre(attrs, most) {
		return attrs, 0
	}
	for _, kv := range attrs {
		i := slices.IndexFunc(kept, func(other attribute.KeyValue) bool { return other.Key == kv.Key })
		switch {
		case i >= 0 && kv.Valid():
			kept[i] = kv
		case !kv.Valid() || most >= 0 && len(kept) >= most:
			dropped++
		default:
			kept = append(kept, kv)
		}
	}
	return kept, dropped
}

// asTheyAre says whether attributes are valid, not too many, and no two of one key.
func asTheyAre(attrs []attribute.KeyValue, most int) bool {
	if most >= 0 && len(attrs) > most {
		return false
	}
	for i := range attrs {
		if !attrs[i].Valid() {
			return false
		}
		for j := range i {
			if attrs[j].Key == attrs[i].Key {
				return false
			}
		}
	}
	return true
}
