package otlpwire

import (
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// The numbers of OTLP's fields, after the messages that have them (opentelemetry/proto/trace/v1/trace.proto and common.proto).
const (
	resourceSpansResource, resourceSpansScopeSpans, resourceSpansSchema = 1, 2, 3
	scopeSpansScope, scopeSpansSchema                                   = 1, 3
	resourceAttribute                                                   = 1
	scopeName, scopeVersion, scopeAttribute                             = 1, 2, 3
)

// batchLength is how many bytes the length of many spans is given: enough for 256 MiB.
const batchLength = 4

// appendResourceSpans appends the fields of a ResourceSpans with spans that are all of one resource.
func appendResourceSpans(w spanmsg.Wire, spans []sdktrace.ReadOnlySpan) spanmsg.Wire {
	w = appendResource(w, spans[0].Resource())
	for len(spans) > 0 {
		scope, begin := spans[0].InstrumentationScope(), 0
		w, begin = openScope(w, appendScope(nil, scope))
		for len(spans) > 0 && spans[0].InstrumentationScope() == scope {
			w = appendSpan(w, spans[0])
			spans = spans[1:]
		}
		w = closeScope(w, begin, scope.SchemaURL)
	}
	return w
}

func appendSpan(w spanmsg.Wire, s sdktrace.ReadOnlySpan) spanmsg.Wire {
	begin, own, parent := len(w), s.SpanContext(), s.Parent()
	w = w.BeginSpan(&spanmsg.Head{Context: &own, Parent: &parent, Name: s.Name(), Kind: s.SpanKind(), Start: s.StartTime().UnixNano()})
	w = w.SpanAttributes(s.Attributes())
	for _, e := range s.Events() {
		w = w.Event(e.Name, e.Time.UnixNano(), e.Attributes, e.DroppedAttributeCount)
	}
	for _, l := range s.Links() {
		w = w.Link(l.SpanContext, l.Attributes, l.DroppedAttributeCount)
	}
	return w.EndSpan(begin, &spanmsg.Tail{
		End: s.EndTime().UnixNano(), Code: s.Status().Code, Description: s.Status().Description,
		DroppedAttributes: s.DroppedAttributes(), DroppedEvents: s.DroppedEvents(), DroppedLinks: s.DroppedLinks(),
	})
}

// appendResource appends the fields of a ResourceSpans about its resource.
func appendResource(w spanmsg.Wire, r *resource.Resource) spanmsg.Wire {
	w = w.Open(resourceSpansResource, 2)
	start := len(w)
	w = w.Attributes(resourceAttribute, r.Attributes()).Close(start, 2)
	return w.Text(resourceSpansSchema, r.SchemaURL())
}

// appendScope appends the field of a ScopeSpans about its scope.
func appendScope(w spanmsg.Wire, s instrumentation.Scope) spanmsg.Wire {
	if s.Name == "" && s.Version == "" && s.Attributes.Len() == 0 {
		return w
	}
	w = w.Open(scopeSpansScope, 2)
	start := len(w)
	return w.Text(scopeName, s.Name).Text(scopeVersion, s.Version).Attributes(scopeAttribute, s.Attributes.ToSlice()).Close(start, 2)
}

// openScope begins the ScopeSpans of a scope, as appendScope wrote it, and says where it begins. Messages of spans follow.
func openScope(w, scope spanmsg.Wire) (out spanmsg.Wire, begin int) {
	w = w.Open(resourceSpansScopeSpans, batchLength)
	begin = len(w)
	return append(w, scope...), begin
}

// closeScope ends the ScopeSpans that begins there.
func closeScope(w spanmsg.Wire, begin int, schema string) spanmsg.Wire {
	return w.Text(scopeSpansSchema, schema).Close(begin, batchLength)
}
