package otlpwire

import (
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// family are a span, an entry step's most often, and those that are begun within by the same tracer: what they have in common, and memory
// for them all. So they live as long as the last of them, and whoever holds a context of one holds them all.
type family struct {
	embedded.Span                   // so that the spans are OpenTelemetry's
	trace         trace.SpanContext // without the span's own part
	tracer        *tracer
	lane          *lane
	clock         *spanmsg.Clock
	poll          *poll // that they are of, or within; nil for most
	first         *span
	template      *observ.Template // of the first
	within        atomic.Int32     // spans, but for the first
	rooms         []span           // for those within
	spare         spanmsg.Spare    // until the first has ended
}

// mostRooms bounds the memory that a span takes for others.
const mostRooms = 32

// lone is the memory of a span that is the first of its family.
type lone struct {
	span
	of family
}

// entry is that of an entry step's span.
type entry struct {
	lone
	room observ.EntryRoom
}

// roomy is that of an entry step's span and those within: one piece of memory costs less than two.
type roomy[Spans any] struct {
	entry
	within Spans
}

// newEntry is memory for an entry step's span and for n within. The sizes are those of a send at the level semconv, of a dispatch, of a request that
// stores a message, and of a send at the level steps.
func newEntry(n int32) (*entry, []span) {
	switch {
	case n == 0:
		return new(entry), nil
	case n <= 2:
		r := new(roomy[[2]span])
		return &r.entry, r.within[:]
	case n <= 5:
		r := new(roomy[[5]span])
		return &r.entry, r.within[:]
	case n <= 8:
		r := new(roomy[[8]span])
		return &r.entry, r.within[:]
	case n <= 10:
		r := new(roomy[[10]span])
		return &r.entry, r.within[:]
	}
	return new(entry), make([]span, n)
}

// newFamily is a family and its first span.
func (t *tracer) newFamily(template *observ.Template, p *poll, place observ.Place) *span {
	var l *lone
	var rooms []span
	if n := template.Within.Load(); place&observ.Entry != 0 {
		var e *entry
		e, rooms = newEntry(n)
		e.room.For(&e.recording)
		l = &e.lone
	} else if l = new(lone); n > 0 {
		rooms = make([]span, n)
	}
	f := &l.of
	spool := t.provider.spool
	f.tracer, f.lane, f.clock, f.poll, f.template, f.rooms = t, spool.lane(), spool.clock.Load(), p, template, rooms
	f.first, l.family = &l.span, f
	return f.first
}

// newSpan is another span of the family.
func (f *family) newSpan() *span {
	s := f.room()
	s.family = f
	return s
}

func (f *family) room() *span {
	if f.within.Load() < mostRooms { // there is no need to count further
		if n := int(f.within.Add(1)); n <= len(f.rooms) {
			return &f.rooms[n-1]
		}
	}
	return new(span)
}

// ended takes the message of a span.
func (f *family) ended(s *span, message spanmsg.Packer, idle bool) {
	if f.poll == nil {
		f.send(message, 1)
	} else {
		f.poll.ended(s, message, idle)
	}
}

// send has the messages of n spans sent.
func (f *family) send(spans spanmsg.Packer, n int) {
	f.tracer.provider.spool.add(f.lane, f.tracer.scope, spans, n)
}

// over remembers how many spans there were, at the end of the first.
func (f *family) over() {
	f.spare.Release()
	if n := min(f.within.Load(), mostRooms); n != f.template.Within.Load() {
		f.template.Within.Store(n)
	}
}
