package spanmsg

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
)

// Prepared are attributes that many spans have, encoded once. It never changes.
type Prepared struct {
	Attrs []attribute.KeyValue // not to be changed; no key twice

	encoded Wire
	mask    uint64
	nested  bool // a value has values in it
}

// Prepare encodes attributes.
func Prepare(attrs ...attribute.KeyValue) *Prepared {
	p := &Prepared{Attrs: attrs, encoded: Wire(nil).SpanAttributes(attrs)}
	for i := range attrs {
		p.mask |= bit(attrs[i].Key)
		p.nested = p.nested || nested(&attrs[i])
	}
	return p
}

// bit is one of 64, by which most keys can be told apart.
func bit(key attribute.Key) uint64 {
	if key == "" {
		return 1
	}
	return 1 << ((uint(len(key))*7 + uint(key[len(key)-1])*5 + uint(key[len(key)/2])*3) & 63)
}

// Set adds attributes; one that is there already gets the new value.
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
	key := bit(kv.Key)
	if m.mask&key != 0 {
		m.forget(kv.Key, key)
	}
	if most := m.limit.AttributeCount; most >= 0 && m.attributes >= most {
		m.tail.DroppedAttributes++
		return
	}
	begin := len(m.wire)
	if m.limit.AttributeValueLength >= 0 || nested(kv) {
		kv = limited(kv, m.limit.AttributeValueDepth, m.limit.AttributeValueLength)
	}
	m.wire = m.wire.attribute(spanAttribute, kv)
	m.keys = append(m.keys, attributeAt{kv.Key, begin, len(m.wire)})
	m.mask |= key
	m.attributes++
	if m.watch != nil && !m.seen {
		m.seen = m.watch(*kv)
	}
}

// forget takes back what was written of a key with that bit.
func (m *Message) forget(key attribute.Key, bit uint64) {
	for i := range m.sets {
		if m.sets[i].set.mask&bit != 0 && slices.ContainsFunc(m.sets[i].set.Attrs, func(kv attribute.KeyValue) bool { return kv.Key == key }) {
			m.dissolve(i)
			break
		}
	}
	for i := range m.keys {
		if m.keys[i].key == key {
			at := m.keys[i]
			m.keys = slices.Delete(m.keys, i, i+1)
			m.cut(at.begin, at.end)
			m.attributes--
			return
		}
	}
}

// cut takes out what is written there.
func (m *Message) cut(begin, end int) {
	m.wire = append(m.wire[:begin], m.wire[end:]...)
	for i := range m.keys {
		if m.keys[i].begin > begin {
			m.keys[i].begin -= end - begin
			m.keys[i].end -= end - begin
		}
	}
	for i := range m.sets {
		if m.sets[i].begin > begin {
			m.sets[i].begin -= end - begin
			m.sets[i].end -= end - begin
		}
	}
}

// SetPrepared adds prepared attributes.
func (m *Message) SetPrepared(turn uint64, p *Prepared) {
	if m.enter(turn) {
		m.setPrepared(p)
		m.mu.Unlock()
	}
}

func (m *Message) setPrepared(p *Prepared) {
	if m.mask&p.mask != 0 || m.limit.AttributeValueLength >= 0 || p.nested || // one by one, with all care
		m.limit.AttributeCount >= 0 && m.attributes+len(p.Attrs) > m.limit.AttributeCount {
		m.set(p.Attrs)
		return
	}
	begin := len(m.wire)
	m.wire = append(m.wire, p.encoded...)
	m.sets = append(m.sets, setAt{p, begin, len(m.wire)})
	m.mask |= p.mask
	m.attributes += len(p.Attrs)
}

// dissolve makes prepared attributes ordinary ones, so that they can be changed.
func (m *Message) dissolve(i int) {
	at := m.sets[i]
	m.sets = slices.Delete(m.sets, i, i+1)
	m.cut(at.begin, at.end)
	for j := range at.set.Attrs {
		kv := &at.set.Attrs[j]
		begin := len(m.wire)
		m.wire = m.wire.attribute(spanAttribute, kv)
		m.keys = append(m.keys, attributeAt{kv.Key, begin, len(m.wire)})
	}
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
