package otlpwire

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/plumemq/plume/internal/observ"
)

// spanLength is how many bytes a span's length is given: enough for 16 KiB.
const spanLength = 2

// spanTagLength is that of the tag before it.
const spanTagLength = 1

// keepBody is the longest message whose memory is kept for the next one.
const keepBody = 16 << 10

// span is a recording span: who it is, and the message that it is being written to. After its end the message is another span's, and
// the span leaves it alone.
type span struct {
	embedded.Span
	tracer     *tracer
	sc         trace.SpanContext
	start, end time.Time
	poll       *poll // that it is of, or within; nil for most
	body       *body
	turn       uint64 // of body
}

// body is a span's message as far as it is written. Bodies are used again and again.
type body struct {
	mu    sync.Mutex // owns all below; held over no I/O
	turn  uint64     // which span it serves
	limit *sdktrace.SpanLimits
	wire  wire // in protobuf the order of fields does not matter, and of a field that is not repeated the last counts
	keys  []attributeAt
	counts
	prepared   *observ.Prepared
	preparedAt attributeAt // of all of them, without a key
}

// counts are what a body starts anew with each span.
type counts struct {
	status                                         sdktrace.Status
	events, links                                  int
	droppedAttributes, droppedEvents, droppedLinks int
	idle                                           bool // an attribute said that a long poll brought nothing
}

// attributeAt is where an attribute is written.
type attributeAt struct {
	key        attribute.Key
	begin, end int
}

var bodies = sync.Pool{New: func() any { return &body{wire: make(wire, 0, 1<<10)} }}

// begin writes what is known at the start. Nobody else touches more of the body than its turn until the span is returned.
func (s *span) begin(name string, parent trace.SpanContext, config *trace.SpanConfig, more []attribute.KeyValue) {
	b, _ := bodies.Get().(*body)
	s.body, s.turn = b, b.turn
	b.limit, b.keys, b.counts, b.prepared = &s.tracer.provider.config.Limits, b.keys[:0], counts{}, nil
	traceID, id, parentID := s.sc.TraceID(), s.sc.SpanID(), parent.SpanID()
	w := b.wire[:0].open(scopeSpansSpan, spanLength).raw(spanTraceID, traceID[:]).raw(spanID, id[:])
	if parentID.IsValid() {
		w = w.raw(spanParent, parentID[:])
	}
	if state := s.sc.TraceState(); state.Len() > 0 {
		w = w.text(spanTraceState, state.String())
	}
	kind := trace.ValidateSpanKind(config.SpanKind())
	b.wire = w.text(spanName, name).number(spanKind, uint64(kindOf(kind))).fixed64(spanStart, nanos(s.start.UnixNano())).
		fixed32(spanFlags, flags(s.sc.TraceFlags(), parent))
	for _, l := range config.Links() {
		b.link(l)
	}
	b.set(more)
	b.set(config.Attributes())
}

// recording is the span's body, locked, or nil after its end.
func (s *span) recording() *body {
	b := s.body
	b.mu.Lock()
	if b.turn != s.turn {
		b.mu.Unlock()
		return nil
	}
	return b
}

// IsRecording says whether the span has not ended.
func (s *span) IsRecording() bool {
	b := s.recording()
	if b == nil {
		return false
	}
	b.mu.Unlock()
	return true
}

// SpanContext identifies the span.
func (s *span) SpanContext() trace.SpanContext { return s.sc }

// TracerProvider is where the span comes from.
func (s *span) TracerProvider() trace.TracerProvider { return s.tracer.provider }

// StartTime is when the span began.
func (s *span) StartTime() time.Time { return s.start }

// EndTime is when the span ended, for the goroutine that ended it.
func (s *span) EndTime() time.Time { return s.end }

// SetName renames the span.
func (s *span) SetName(name string) {
	if b := s.recording(); b != nil {
		defer b.mu.Unlock()
		b.wire = b.wire.text(spanName, name)
	}
}

// SetStatus sets the status unless one that says more is set: OK over an error, an error over nothing.
func (s *span) SetStatus(code codes.Code, description string) {
	b := s.recording()
	if b == nil {
		return
	}
	defer b.mu.Unlock()
	if code < b.status.Code {
		return
	}
	b.status = sdktrace.Status{Code: code}
	if code == codes.Error {
		b.status.Description = description
	}
}

// SetAttributes adds attributes; one that is there already gets the new value.
func (s *span) SetAttributes(attrs ...attribute.KeyValue) {
	b := s.recording()
	if b == nil {
		return
	}
	defer b.mu.Unlock()
	b.set(attrs)
	if s.poll != nil {
		b.idle = b.idle || slices.ContainsFunc(attrs, observ.SaysIdle)
	}
}

func (b *body) set(attrs []attribute.KeyValue) {
	for i := range attrs {
		b.attribute(&attrs[i])
	}
}

func (b *body) attribute(kv *attribute.KeyValue) {
	if !kv.Valid() {
		b.droppedAttributes++
		return
	}
	b.forget(kv.Key)
	if most := b.limit.AttributeCountLimit; most >= 0 && b.attributes() >= most {
		b.droppedAttributes++
		return
	}
	begin := len(b.wire)
	if b.limit.AttributeValueLengthLimit >= 0 {
		kv = truncated(kv, b.limit.AttributeValueLengthLimit)
	}
	b.wire = b.wire.attribute(spanAttribute, kv)
	b.keys = append(b.keys, attributeAt{kv.Key, begin, len(b.wire)})
}

// attributes is how many there are.
func (b *body) attributes() int {
	if b.prepared != nil {
		return len(b.keys) + len(b.prepared.Attrs)
	}
	return len(b.keys)
}

// forget takes back what was written of a key.
func (b *body) forget(key attribute.Key) {
	if b.prepared != nil && slices.ContainsFunc(b.prepared.Attrs, func(kv attribute.KeyValue) bool { return kv.Key == key }) {
		b.unprepare()
	}
	for i := range b.keys {
		if b.keys[i].key == key {
			at := b.keys[i]
			b.keys = append(b.keys[:i], b.keys[i+1:]...)
			b.cut(at)
			return
		}
	}
}

// cut takes out what is written at a place.
func (b *body) cut(at attributeAt) {
	b.wire = append(b.wire[:at.begin], b.wire[at.end:]...)
	for i := range b.keys {
		if b.keys[i].begin > at.begin {
			b.keys[i].begin -= at.end - at.begin
			b.keys[i].end -= at.end - at.begin
		}
	}
}

// SetPrepared adds attributes that may have been encoded before.
func (s *span) SetPrepared(p *observ.Prepared) {
	b := s.recording()
	if b == nil {
		return
	}
	defer b.mu.Unlock()
	if len(b.keys) > 0 || b.prepared != nil || b.limit.AttributeValueLengthLimit >= 0 || uint(b.limit.AttributeCountLimit) < uint(len(p.Attrs)) {
		b.set(p.Attrs)
		return
	}
	encoded := p.Encoded.Load()
	if encoded == nil {
		bytes := []byte(wire(nil).attributes(spanAttribute, p.Attrs))
		encoded = &bytes
		p.Encoded.Store(encoded)
	}
	begin := len(b.wire)
	b.wire = append(b.wire, *encoded...)
	b.prepared, b.preparedAt = p, attributeAt{begin: begin, end: len(b.wire)}
}

// unprepare makes prepared attributes ordinary ones, so that they can be changed.
func (b *body) unprepare() {
	p := b.prepared
	b.prepared = nil
	b.cut(b.preparedAt)
	b.set(p.Attrs)
}

// truncated is kv with texts of no more characters.
func truncated(kv *attribute.KeyValue, most int) *attribute.KeyValue {
	out := *kv
	switch kv.Value.Type() {
	case attribute.STRING:
		out.Value = attribute.StringValue(firstRunes(kv.Value.AsString(), most))
	case attribute.STRINGSLICE:
		list := kv.Value.AsStringSlice()
		for i := range list {
			list[i] = firstRunes(list[i], most)
		}
		out.Value = attribute.StringSliceValue(list)
	}
	return &out
}

func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// AddEvent adds an event, unless there are as many as there may be.
func (s *span) AddEvent(name string, options ...trace.EventOption) {
	b := s.recording()
	if b == nil {
		return
	}
	defer b.mu.Unlock()
	if most := b.limit.EventCountLimit; most >= 0 && b.events >= most {
		b.droppedEvents++
		return
	}
	b.events++
	c := trace.NewEventConfig(options...)
	attrs, dropped := firstAttributes(c.Attributes(), b.limit.AttributePerEventCountLimit)
	b.wire = b.wire.event(sdktrace.Event{Name: name, Time: c.Timestamp(), Attributes: attrs, DroppedAttributeCount: dropped})
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

// AddLink adds a link, unless there are as many as there may be.
func (s *span) AddLink(l trace.Link) {
	if b := s.recording(); b != nil {
		defer b.mu.Unlock()
		b.link(l)
	}
}

func (b *body) link(l trace.Link) {
	switch {
	case !l.SpanContext.IsValid() && len(l.Attributes) == 0 && l.SpanContext.TraceState().Len() == 0:
		return
	case b.limit.LinkCountLimit >= 0 && b.links >= b.limit.LinkCountLimit:
		b.droppedLinks++
		return
	}
	b.links++
	attrs, dropped := firstAttributes(l.Attributes, b.limit.AttributePerLinkCountLimit)
	b.wire = b.wire.link(sdktrace.Link{SpanContext: l.SpanContext, Attributes: attrs, DroppedAttributeCount: dropped})
}

// RecordError adds an event of OpenTelemetry's form for an error.
func (s *span) RecordError(err error, options ...trace.EventOption) {
	if err == nil {
		return
	}
	s.AddEvent("exception", append(options, trace.WithAttributes(
		attribute.String("exception.type", fmt.Sprintf("%T", err)), attribute.String("exception.message", err.Error())))...)
}

// End ends the span. Its message is complete, and goes to the others that wait to be sent.
func (s *span) End(options ...trace.SpanEndOption) {
	end := s.start.Add(time.Since(s.start))
	b := s.recording()
	if b == nil {
		return
	}
	if len(options) > 0 {
		if c := trace.NewSpanEndConfig(options...); !c.Timestamp().IsZero() {
			end = c.Timestamp()
		}
	}
	s.end = end
	b.finish(end)
	if s.poll == nil {
		s.tracer.provider.spool.add(s.tracer.scope, b.wire, 1)
	} else {
		s.poll.ended(s, b)
	}
	b.turn++
	keep := cap(b.wire) <= keepBody
	b.mu.Unlock()
	if keep {
		bodies.Put(b)
	}
}

// finish writes what is known at the end.
func (b *body) finish(end time.Time) {
	b.wire = b.wire.fixed64(spanEnd, nanos(end.UnixNano())).status(b.status).
		number(spanDroppedAttributes, count32(b.droppedAttributes)).
		number(spanDroppedEvents, count32(b.droppedEvents)).
		number(spanDroppedLinks, count32(b.droppedLinks))
	const begin = spanTagLength + spanLength
	b.wire = b.wire.close(begin, spanLength)
}
