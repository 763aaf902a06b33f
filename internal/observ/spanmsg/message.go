package spanmsg

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// keepMessage is the longest message whose memory is kept for the next one.
const keepMessage = 16 << 10

// Message is the message of a span that is being recorded, as far as it is written. Messages are used again and again: whoever has one
// also has the turn that it was taken in, and finds it closed once that span has ended. Safe for concurrent use.
type Message struct {
	mu    sync.Mutex // owns all below; held over no I/O
	turn  uint64     // which span it serves
	limit *Limits
	clock *Clock
	wire  Wire   // in protobuf the order of fields does not matter, and of a field that is not repeated the last counts
	keys  keySet // those of its attributes that have numbers
	counts
}

// counts are what a message starts anew with each span.
type counts struct {
	tail                      Tail
	attributes, events, links int

	watch func(attribute.KeyValue) bool // asked of each attribute until it says yes
	seen  bool                          // it did
}

var messages = sync.Pool{New: func() any { return &Message{wire: make(Wire, 0, 1<<10)} }}

// Beginning is what is known of a span at its start.
type Beginning struct {
	Template *Template
	Start    int64  // nanoseconds since 1970
	Clock    *Clock // for events
	Limit    *Limits
	Watch    func(attribute.KeyValue) bool // if not nil, asked of each attribute, those of the template apart, until it says yes: see [Message.End]
}

// Begin starts the message of a span, and returns it with its turn. A span without a parent has an invalid one.
func Begin(b *Beginning, own, parent *trace.SpanContext) (*Message, uint64) {
	m, _ := messages.Get().(*Message) // nobody else touches more of it than the turn
	m.limit, m.clock, m.counts = b.Limit, b.Clock, counts{watch: b.Watch}
	heads, attrs := b.Template.heads(parent), b.Template.attrs
	if m.limit.admits(attrs) {
		m.wire = append(m.wire[:0], heads.full...)
		m.keys, m.attributes = attrs.keys, len(attrs.Attrs)
	} else {
		m.wire, m.keys = append(m.wire[:0], heads.bare...), keySet{}
		m.set(attrs.Attrs)
	}
	m.wire.fill(own, parent, b.Start)
	m.wire = m.wire.state(own)
	return m, m.turn
}

// enter locks the message unless its span has ended.
func (m *Message) enter(turn uint64) bool {
	m.mu.Lock()
	if m.turn == turn {
		return true
	}
	m.mu.Unlock()
	return false
}

// Open says whether the span of that turn has not ended.
func (m *Message) Open(turn uint64) bool {
	open := m.enter(turn)
	if open {
		m.mu.Unlock()
	}
	return open
}

// Rename sets the span's name. An empty one is written, too: it takes the place of the one before.
func (m *Message) Rename(turn uint64, name string) {
	if m.enter(turn) {
		m.wire = protowire.AppendString(protowire.AppendTag(m.wire, spanName, protowire.BytesType), valid(name))
		m.mu.Unlock()
	}
}

// SetKind sets the span's kind.
func (m *Message) SetKind(turn uint64, kind trace.SpanKind) {
	if m.enter(turn) {
		m.wire = m.wire.number(spanKind, uint64(kindOf(kind)))
		m.mu.Unlock()
	}
}

// SetStatus sets the status unless one that says more is set: OK over an error, an error over nothing.
func (m *Message) SetStatus(turn uint64, code codes.Code, description string) {
	if !m.enter(turn) {
		return
	}
	defer m.mu.Unlock()
	if code < m.tail.Code {
		return
	}
	m.tail.Code, m.tail.Description = code, ""
	if code == codes.Error {
		m.tail.Description = description
	}
}

// AddEvent adds an event; of too many the oldest goes. Without a time, in nanoseconds since 1970, it is now.
func (m *Message) AddEvent(turn uint64, name string, at int64, attrs []attribute.KeyValue) {
	if !m.enter(turn) {
		return
	}
	defer m.mu.Unlock()
	if at == 0 {
		at = m.clock.Now()
	}
	if m.room(&m.events, m.limit.EventCount, spanEvent, &m.tail.DroppedEvents) {
		kept, dropped := firstAttributes(attrs, m.limit.AttributesPerEvent)
		m.wire = m.wire.Event(name, at, limitedAttributes(kept, m.limit.AttributeValueDepth), dropped)
	}
}

// AddLink adds a link; of too many the oldest goes.
func (m *Message) AddLink(turn uint64, l trace.Link) {
	if !m.enter(turn) {
		return
	}
	defer m.mu.Unlock()
	if !l.SpanContext.IsValid() && len(l.Attributes) == 0 && l.SpanContext.TraceState().Len() == 0 {
		return
	}
	if m.room(&m.links, m.limit.LinkCount, spanLink, &m.tail.DroppedLinks) {
		kept, dropped := firstAttributes(l.Attributes, m.limit.AttributesPerLink)
		m.wire = m.wire.Link(l.SpanContext, limitedAttributes(kept, m.limit.AttributeValueDepth), dropped)
	}
}

// room makes room for one more event or link, by way of the oldest; false when there may be none.
func (m *Message) room(have *int, most int, field protowire.Number, dropped *int) bool {
	if most < 0 || *have < most {
		*have++
		return true
	}
	*dropped++
	if most > 0 {
		m.cutFirst(field)
	}
	return most > 0
}

// cutFirst takes out the first field of that number.
func (m *Message) cutFirst(field protowire.Number) {
	for at := spanTagLength + spanLength; at < len(m.wire); {
		number, _, n := protowire.ConsumeField(m.wire[at:])
		if n < 0 {
			return // never: what is written can be read
		}
		if number == field {
			m.cut(at, at+n)
			return
		}
		at += n
	}
}

// End completes the message of a span that ended so many nanoseconds after 1970, and gives it to take, for the time of the call; seen is
// whether what was watched for came. It does nothing if the span of that turn has ended already.
func (m *Message) End(turn uint64, at int64, take func(message Wire, seen bool)) {
	if !m.enter(turn) {
		return
	}
	m.turn++ // from here on it is ours alone, though it stays locked for those who ask
	m.tail.End = at
	m.wire = m.wire.EndSpan(0, &m.tail)
	take(m.wire, m.seen)
	keep := cap(m.wire) <= keepMessage
	m.mu.Unlock()
	if keep {
		messages.Put(m)
	}
}
