// Package otlpwire writes spans as OTLP's bytes, with nothing in between, and leaves the sending of the bytes to OpenTelemetry's own
// clients (otlptracegrpc, otlptracehttp).
//
// There are two ways in. [Exporter] takes spans of OpenTelemetry's SDK: it stands where otlptrace.Exporter would. [Provider] takes the
// place of the SDK's TracerProvider where spans go nowhere but out: a span of its is the message that will be sent, written as it
// happens, so that recording it makes no garbage to speak of. What it costs is in docs/telemetry.md, why it is there in ADR 0013.
package otlpwire
