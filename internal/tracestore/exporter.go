package tracestore

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Exporter puts the spans of this process's own tracer providers into the store, without a wire between. Several providers may
// share one. It implements the SDK's SpanExporter.
func (s *Store) Exporter() *Exporter { return &Exporter{store: s} }

// Exporter is made by [Store.Exporter].
type Exporter struct{ store *Store }

// ExportSpans adds spans to the store. It never fails.
func (e *Exporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	resources := map[attribute.Distinct]*Resource{}
	out := make([]*Span, len(spans))
	for i, s := range spans {
		key := s.Resource().Equivalent()
		res := resources[key]
		if res == nil {
			res = newResource(attrsOf(s.Resource().Attributes()))
			resources[key] = res
		}
		out[i] = fromSDK(s, res)
	}
	e.store.Add(out)
	return nil
}

// Shutdown does nothing: the store outlives its exporters.
func (e *Exporter) Shutdown(context.Context) error { return nil }

// serviceName is the attribute that names a resource's service.
const serviceName = "service.name"

func newResource(attrs []Attr) *Resource {
	res := &Resource{Service: "unknown_service"}
	for _, a := range attrs {
		if a.Key == serviceName {
			res.Service = a.Text()
			continue
		}
		res.Attrs = append(res.Attrs, a)
	}
	return res
}

func fromSDK(s sdktrace.ReadOnlySpan, res *Resource) *Span {
	sc := s.SpanContext()
	span := &Span{
		TraceID: sc.TraceID(), SpanID: sc.SpanID(), Parent: s.Parent().SpanID(),
		Name: s.Name(), Kind: kindOf(s.SpanKind()),
		Start: s.StartTime().UnixNano(), End: s.EndTime().UnixNano(),
		Resource: res, Scope: s.InstrumentationScope().Name, Attrs: attrsOf(s.Attributes()),
		Failed: s.Status().Code == codes.Error, Status: s.Status().Description,
	}
	for _, e := range s.Events() {
		span.Events = append(span.Events, Event{Name: e.Name, Time: e.Time.UnixNano(), Attrs: attrsOf(e.Attributes)})
	}
	for _, l := range s.Links() {
		span.Links = append(span.Links, Link{TraceID: l.SpanContext.TraceID(), SpanID: l.SpanContext.SpanID(), Attrs: attrsOf(l.Attributes)})
	}
	return span
}

func kindOf(k trace.SpanKind) Kind {
	switch k {
	case trace.SpanKindServer:
		return KindServer
	case trace.SpanKindClient:
		return KindClient
	case trace.SpanKindProducer:
		return KindProducer
	case trace.SpanKindConsumer:
		return KindConsumer
	default:
		return KindInternal
	}
}

func attrsOf(kvs []attribute.KeyValue) []Attr {
	if len(kvs) == 0 {
		return nil
	}
	out := make([]Attr, len(kvs))
	for i, kv := range kvs {
		out[i] = Attr{Key: string(kv.Key), Value: valueOf(kv.Value)}
	}
	return out
}

func valueOf(v attribute.Value) any {
	switch v.Type() {
	case attribute.BOOL:
		return v.AsBool()
	case attribute.INT64:
		return v.AsInt64()
	case attribute.FLOAT64:
		return v.AsFloat64()
	case attribute.STRING:
		return v.AsString()
	case attribute.STRINGSLICE:
		return v.AsStringSlice()
	default:
		return v.String()
	}
}
