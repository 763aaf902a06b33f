package observ

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// The fields by which a log line leads to its span.
const (
	TraceIDField = "trace_id"
	SpanIDField  = "span_id"
)

// Logger adds trace_id and span_id to base when ctx carries a span, so that a log line leads to its trace. A nil base stays
// silent.
func Logger(ctx context.Context, base *zap.Logger) *zap.Logger {
	if base == nil {
		return zap.NewNop()
	}
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return base
	}
	return base.With(traceFields(sc)...)
}

func traceFields(sc SpanContext) []zap.Field {
	return []zap.Field{zap.String(TraceIDField, sc.TraceID().String()), zap.String(SpanIDField, sc.SpanID().String())}
}
