// Package observatory is the site and its doors: OTLP receivers, the trace store, a forwarder and the pages, without a name server, broker
// or client of its own. Programs send their spans to it; it shows them beside the source, and passes them on to Jaeger or any other
// receiver. plume site runs it alone, the demo beside its cluster.
package observatory
