package spanmsg

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// keepMessage is the longest message whose memory is kept for the next one.
const keepMessage = 16 << 10

// Message is the message of a span that is being recorded, as far as it is written. What it has in common with others is written at its end
// alone, or when it is sent: until then it is little, of which there may be many. Messages are used again and again: whoever has one also has the turn that it
// was taken in, and finds it closed once that span has ended. Safe for concurrent use.
type Message struct {
	mu    sync.Mutex // owns all below; held over no I/O
	turn  uint64     // which span it serves
	limit *Limits
	clock *Clock
	spare *Spare // where it goes in the end
	heads *heads
	head  *Wire // one of heads: what comes before wire
	identity
	wire Wire   // in protobuf the order of fields does not matter, and of a field that is not repeated the last counts
	keys keySet // those of its attributes that have numbers
	counts
}

// counts are what a message starts anew with each span.
type counts struct {
	tail                      Tail
	attributes, events, links int

	watch func(attribute.KeyValue) bool // asked of each attribute until it says yes
	seen  bool                          // it did
}

var messages = sync.Pool{New: func() any { return &Message{wire: make(Wire, 0, 1<<8)} }}

// Beginning is what is known of a span at its start.
type Beginning struct {
	Template *Template
	Start    int64  // nanoseconds since 1970
	Clock    *Clock // for events
	Limit    *Limits
	Watch    func(attribute.KeyValue) bool // if not nil, asked of each attribute, those of the template apart, until it says yes: see [Message.End]
	Spare    *Spare                        // nil for none
}

// Spare keeps the memory of a message that has ended for the next one of a trace, whose steps mostly follow each other: nothing is nearer. The
// zero value is empty. Safe for concurrent use.
type Spare struct{ message atomic.Pointer[Message] }

func (s *Spare) take() *Message {
	if s != nil && s.message.Load() != nil {
		if m := s.message.Swap(nil); m != nil {
			return m
		}
	}
	m, _ := messages.Get().(*Message)
	return m
}

func (s *Spare) keep(m *Message) {
	if s == nil || s.message.Load() != nil || !s.message.CompareAndSwap(nil, m) {
		messages.Put(m)
	}
}

// Release gives the memory to everybody. What is kept after that is not used again.
func (s *Spare) Release() {
	if m := s.message.Swap(nil); m != nil {
		messages.Put(m)
	}
}

// Begin starts the message of a span, and returns it with its turn. A span without a parent has an invalid one.
func Begin(b *Beginning, own, parent *trace.SpanContext) (*Message, uint64) {
	m := b.Spare.take() // nobody else touches more of it than the turn
	m.limit, m.clock, m.spare, m.counts = b.Limit, b.Clock, b.Spare, counts{watch: b.Watch}
	m.heads, m.identity = b.Template.heads(parent), identityOf(own, parent, b.Start)
	m.wire = m.wire[:0].state(own)
	if attrs := b.Template.attrs; m.limit.admits(attrs) {
		m.head, m.keys, m.attributes = &m.heads.full, attrs.keys, len(attrs.Attrs)
	} else {
		m.head, m.keys = &m.heads.bare, keySet{}
		m.set(attrs.Attrs)
	}
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
	for at := 0; at < len(m.wire); {
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
func (m *Message) End(turn uint64, at int64, take func(message Packer, seen bool)) {
	if !m.enter(turn) {
		return
	}
	m.turn++ // from here on it is ours alone, though it stays locked for those who ask
	m.tail.End = at
	take((*ended)(m), m.seen)
	spare, keep := m.spare, cap(m.wire) <= keepMessage
	m.spare = nil
	m.mu.Unlock()
	if keep {
		spare.keep(m)
	}
}

// ended is a message that is complete.
type ended Message
