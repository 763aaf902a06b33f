package tracestore

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// A file of traces is what OpenTelemetry's specification says of files: OTLP in JSON, one object of traces on each line, .jsonl. The file
// exporter of its Collector writes such files, its otlpjsonfile receiver and other tools read them.

// ErrFile is returned for a file that has no traces in it, or something else.
var ErrFile = errors.New("not a file of traces as OTLP has them in JSON")

// maxObject bounds one object of a file that is read: a larger one would not have come by the wire either. What is written stays far
// below, by a new line after about lineSize.
const (
	maxObject = maxRequest
	lineSize  = 1 << 20
)

// Save writes every trace that the store has, the oldest first, and says how many. Nothing that is shown of a span is lost.
func (s *Store) Save(w io.Writer) (traces int, err error) {
	out := bufio.NewWriter(w)
	for _, t := range s.all() {
		for spans := range pieces(t.Spans) {
			line, err := marshalJSON(&tracepb.TracesData{ResourceSpans: toOTLP(spans)})
			if err != nil {
				return traces, fmt.Errorf("save trace %s: %w", t.ID, err)
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return traces, fmt.Errorf("save traces: %w", err)
			}
		}
		traces++
	}
	if err := out.Flush(); err != nil {
		return traces, fmt.Errorf("save traces: %w", err)
	}
	return traces, nil
}

// pieces are a trace's spans, as many at a time as make a line.
func pieces(spans []*Span) iter.Seq[[]*Span] {
	return func(yield func([]*Span) bool) {
		first, size := 0, 0
		for i, span := range spans {
			if size += span.size(); size >= lineSize || i == len(spans)-1 {
				if !yield(spans[first : i+1]) {
					return
				}
				first, size = i+1, 0
			}
		}
	}
}

// all are snapshots of all traces, in the order in which they came.
func (s *Store) all() []*Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Trace, 0, len(s.traces))
	for el := s.order.Front(); el != nil; el = el.Next() {
		if e, ok := el.Value.(*entry); ok {
			out = append(out, s.snapshotLocked(e))
		}
	}
	return out
}

// Load adds the traces of a file; they count as complete. Of a file that is larger than the store, the last traces stay. It holds one
// object of the file in memory at a time. Spans without valid ids are left out; a file without any other, or with an object that is no
// traces, is an [ErrFile] that says where; what came before is in the store then.
func (s *Store) Load(r io.Reader) (spans int, err error) {
	bounded, known := &objectReader{r: r}, map[string]*Resource{}
	dec := json.NewDecoder(bounded)
	for n := 1; ; n++ {
		bounded.left = maxObject
		at := dec.InputOffset()
		var object json.RawMessage
		if err := dec.Decode(&object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return spans, fmt.Errorf("%w: object %d, from byte %d: %w", ErrFile, n, at, err)
		}
		var data tracepb.TracesData
		if err := unmarshalJSON(object, &data); err != nil {
			return spans, fmt.Errorf("%w: object %d, from byte %d: %w", ErrFile, n, at, err)
		}
		some := slices.DeleteFunc(fromBatches(data.GetResourceSpans(), known), func(span *Span) bool { return !span.identified() })
		spans += len(some)
		s.Add(some)
	}
	if spans == 0 {
		return 0, fmt.Errorf("%w: there is no span with a trace id and a span id in it", ErrFile)
	}
	s.Settle()
	return spans, nil
}

var errObject = fmt.Errorf("longer than %d MiB", maxObject>>20)

// objectReader fails when an object is too long.
type objectReader struct {
	r    io.Reader
	left int // of what may be read before the object that is looked for has ended
}

func (o *objectReader) Read(p []byte) (int, error) {
	if o.left <= 0 {
		return 0, errObject
	}
	n, err := o.r.Read(p[:min(len(p), o.left)])
	o.left -= n
	return n, err //nolint:wrapcheck // the file's own
}

// toOTLP are spans as OTLP has them, those of one service and scope together.
func toOTLP(spans []*Span) []*tracepb.ResourceSpans {
	var out []*tracepb.ResourceSpans
	scopes := map[[2]string]*tracepb.ScopeSpans{} // by resource and scope
	resources := map[string]*tracepb.ResourceSpans{}
	for _, span := range spans {
		key := span.Resource.key()
		of := resources[key]
		if of == nil {
			attrs := append([]Attr{{Key: serviceName, Value: span.Resource.Service}}, span.Resource.Attrs...)
			of = &tracepb.ResourceSpans{Resource: &resourcepb.Resource{Attributes: toKeyValues(attrs)}}
			resources[key], out = of, append(out, of)
		}
		in := scopes[[2]string{key, span.Scope}]
		if in == nil {
			in = &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: valid(span.Scope)}}
			scopes[[2]string{key, span.Scope}], of.ScopeSpans = in, append(of.ScopeSpans, in)
		}
		in.Spans = append(in.Spans, spanToOTLP(span))
	}
	return out
}

func spanToOTLP(s *Span) *tracepb.Span {
	p := &tracepb.Span{
		TraceId: s.TraceID[:], SpanId: s.SpanID[:], Name: valid(s.Name), Kind: kindToOTLP(s.Kind),
		StartTimeUnixNano: uint64(s.Start), EndTimeUnixNano: uint64(s.End), //nolint:gosec // as they came
		Attributes: toKeyValues(s.Attrs), Status: &tracepb.Status{Message: valid(s.Status)},
	}
	if s.Parent.IsValid() {
		p.ParentSpanId = s.Parent[:]
	}
	if s.Failed {
		p.Status.Code = tracepb.Status_STATUS_CODE_ERROR
	}
	for _, e := range s.Events {
		p.Events = append(p.Events, &tracepb.Span_Event{
			Name: valid(e.Name), TimeUnixNano: uint64(e.Time), Attributes: toKeyValues(e.Attrs), //nolint:gosec // likewise
		})
	}
	for _, l := range s.Links {
		p.Links = append(p.Links, &tracepb.Span_Link{TraceId: l.TraceID[:], SpanId: l.SpanID[:], Attributes: toKeyValues(l.Attrs)})
	}
	return p
}

func kindToOTLP(k Kind) tracepb.Span_SpanKind {
	switch k {
	case KindServer:
		return tracepb.Span_SPAN_KIND_SERVER
	case KindClient:
		return tracepb.Span_SPAN_KIND_CLIENT
	case KindProducer:
		return tracepb.Span_SPAN_KIND_PRODUCER
	case KindConsumer:
		return tracepb.Span_SPAN_KIND_CONSUMER
	default:
		return tracepb.Span_SPAN_KIND_INTERNAL
	}
}

func toKeyValues(attrs []Attr) []*commonpb.KeyValue {
	out := make([]*commonpb.KeyValue, len(attrs))
	for i, a := range attrs {
		out[i] = &commonpb.KeyValue{Key: valid(a.Key), Value: toAnyValue(a)}
	}
	return out
}

func toAnyValue(a Attr) *commonpb.AnyValue {
	switch v := a.Value.(type) {
	case bool:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v}}
	case int64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v}}
	case float64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v}}
	case []string:
		list := &commonpb.ArrayValue{}
		for _, s := range v {
			list.Values = append(list.Values, textValue(s))
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}}
	default:
		return textValue(a.Text())
	}
}

func textValue(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: valid(s)}}
}

// valid replaces what is no UTF-8, which a program of this process may have written into an attribute.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// marshalJSON writes OTLP's JSON, in which ids are hex and enumerations are numbers.
func marshalJSON(m *tracepb.TracesData) ([]byte, error) {
	plain, err := protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("OTLP: %w", err)
	}
	return rewriteIDs(plain, func(id string) (string, error) {
		raw, err := base64.StdEncoding.DecodeString(id)
		return hex.EncodeToString(raw), err
	})
}
