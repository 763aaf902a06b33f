// Package telemetry sets up what the rest of Plume only uses: the OpenTelemetry SDK with its OTLP exporter, the Prometheus
// registry and the zap logger. Only programs (cmd/plume, the demo) and tests import it; libraries receive a TracerProvider and a
// logger and know nothing of where they lead.
//
// Everything here honours OpenTelemetry's standard environment variables: OTEL_SDK_DISABLED, OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, OTEL_EXPORTER_OTLP_ENDPOINT and its siblings
// (HEADERS, TIMEOUT, COMPRESSION, CERTIFICATE, also with TRACES_ in their names), and OTEL_BSP_*.
package telemetry
