// Package observatory is the site alone, for a cluster that runs elsewhere: OTLP receivers, the trace store, a forwarder and the pages,
// without a name server, broker or client of its own. Programs send their spans to it; it shows them beside the source, and passes
// them on to Jaeger or any other receiver.
package observatory
