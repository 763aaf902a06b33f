// Package tracestore keeps the traces that Plume's demo and site show: in memory, bounded in bytes, the oldest trace making room
// for the newest.
//
// Spans come in through three doors: an OTLP receiver over gRPC ([NewGRPCServer]), one over HTTP ([OTLPHandler], protobuf and JSON), and an
// in-process exporter ([Exporter]). They go out as snapshots ([Store.Trace], [Store.List]), as a stream of changes
// ([Store.Subscribe]) and as Jaeger's query API ([JaegerHandler]), so that a stock Jaeger UI or Grafana can read them.
//
// A trace never says that it has ended. The store calls it complete when no span of it came for a while
// ([Config.Quiet]); a late span makes it incomplete again.
package tracestore
