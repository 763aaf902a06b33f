package tracestore

import (
	"fmt"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// AddOTLP takes one OTLP export request's spans. Spans with ids of the wrong length are dropped.
func (s *Store) AddOTLP(batches []*tracepb.ResourceSpans) {
	s.Add(fromBatches(batches, map[string]*Resource{}))
}

// fromBatches are the spans of batches; equal resources become one, known ones among them.
func fromBatches(batches []*tracepb.ResourceSpans, known map[string]*Resource) []*Span {
	var out []*Span
	for _, rs := range batches {
		res := newResource(fromKeyValues(rs.GetResource().GetAttributes()))
		key := res.key()
		if same := known[key]; same != nil {
			res = same
		} else if len(known) < maxWords {
			known[key] = res
		}
		for _, ss := range rs.GetScopeSpans() {
			for _, p := range ss.GetSpans() {
				out = append(out, fromOTLP(p, res, ss.GetScope().GetName()))
			}
		}
	}
	return out
}

func fromOTLP(p *tracepb.Span, res *Resource, scope string) *Span {
	span := &Span{
		Name: p.GetName(), Kind: kindOfOTLP(p.GetKind()),
		Start: int64(p.GetStartTimeUnixNano()), End: int64(p.GetEndTimeUnixNano()), //nolint:gosec // wraps after 2262
		Resource: res, Scope: scope, Attrs: fromKeyValues(p.GetAttributes()),
		Failed: p.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR, Status: p.GetStatus().GetMessage(),
	}
	copyID(span.TraceID[:], p.GetTraceId())
	copyID(span.SpanID[:], p.GetSpanId())
	copyID(span.Parent[:], p.GetParentSpanId())
	for _, e := range p.GetEvents() {
		span.Events = append(span.Events, Event{
			Name: e.GetName(), Time: int64(e.GetTimeUnixNano()), Attrs: fromKeyValues(e.GetAttributes()), //nolint:gosec // as above
		})
	}
	for _, l := range p.GetLinks() {
		link := Link{Attrs: fromKeyValues(l.GetAttributes())}
		copyID(link.TraceID[:], l.GetTraceId())
		copyID(link.SpanID[:], l.GetSpanId())
		span.Links = append(span.Links, link)
	}
	return span
}

// copyID leaves dst zero, which is invalid, when src has another length.
func copyID(dst, src []byte) {
	if len(src) == len(dst) {
		copy(dst, src)
	}
}

func kindOfOTLP(k tracepb.Span_SpanKind) Kind {
	switch k {
	case tracepb.Span_SPAN_KIND_SERVER:
		return KindServer
	case tracepb.Span_SPAN_KIND_CLIENT:
		return KindClient
	case tracepb.Span_SPAN_KIND_PRODUCER:
		return KindProducer
	case tracepb.Span_SPAN_KIND_CONSUMER:
		return KindConsumer
	default:
		return KindInternal
	}
}

func fromKeyValues(kvs []*commonpb.KeyValue) []Attr {
	if len(kvs) == 0 {
		return nil
	}
	out := make([]Attr, len(kvs))
	for i, kv := range kvs {
		out[i] = Attr{Key: kv.GetKey(), Value: fromAnyValue(kv.GetValue())}
	}
	return out
}

func fromAnyValue(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return fmt.Sprintf("%x", v.BytesValue)
	case *commonpb.AnyValue_ArrayValue:
		list := make([]string, len(v.ArrayValue.GetValues()))
		for i, item := range v.ArrayValue.GetValues() {
			list[i] = Attr{Value: fromAnyValue(item)}.Text()
		}
		return list
	case *commonpb.AnyValue_KvlistValue:
		parts := make([]string, len(v.KvlistValue.GetValues()))
		for i, kv := range v.KvlistValue.GetValues() {
			parts[i] = kv.GetKey() + "=" + Attr{Value: fromAnyValue(kv.GetValue())}.Text()
		}
		return "{" + strings.Join(parts, " ") + "}"
	default:
		return ""
	}
}
