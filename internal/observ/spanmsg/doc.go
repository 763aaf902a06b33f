// Package spanmsg writes spans as the bytes that OTLP sends, with nothing in between: spans of OpenTelemetry's SDK ([Wire.ResourceSpans]), and
// spans that are written as they happen ([Message]). It knows nothing of steps, nor of how messages are sent.
package spanmsg
