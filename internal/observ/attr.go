package observ

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Attr is a span attribute.
type Attr = attribute.KeyValue

// SpanContext identifies a span, here or in another process.
type SpanContext = trace.SpanContext

// TracerProvider is what an entry step's component reports to.
type TracerProvider = trace.TracerProvider

// String is a string attribute.
func String(key, v string) Attr { return attribute.String(key, v) }

// Int is an integer attribute.
func Int(key string, v int) Attr { return attribute.Int(key, v) }

// Int64 is an integer attribute.
func Int64(key string, v int64) Attr { return attribute.Int64(key, v) }

// Bool is a boolean attribute.
func Bool(key string, v bool) Attr { return attribute.Bool(key, v) }

// Strings is a string-list attribute.
func Strings(key string, v []string) Attr { return attribute.StringSlice(key, v) }
