package otlpwire

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// Exporter encodes spans itself and leaves the sending, with all its retries, headers and certificates, to OpenTelemetry's
// client. otlptrace.Exporter does the same by way of protobuf's generated types, which costs several times as much as making the
// spans did.
type Exporter struct {
	client otlptrace.Client
	stop   sync.Once

	mu     sync.Mutex // owns all below, while spans are sent
	buffer spanmsg.Wire
}

// NewExporter starts client and makes an exporter that sends by it.
func NewExporter(ctx context.Context, client otlptrace.Client) (*Exporter, error) {
	if err := client.Start(ctx); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what
	}
	return &Exporter{client: client}, nil
}

// ExportSpans sends spans and returns when the receiver has them.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buffer = e.buffer[:0]
	var ends []int // of each resource's spans, in buffer
	for len(spans) > 0 {
		n := sameResource(spans)
		e.buffer = appendResourceSpans(e.buffer, spans[:n])
		ends, spans = append(ends, len(e.buffer)), spans[n:]
	}
	return e.client.UploadTraces(ctx, e.messages(ends)) //nolint:wrapcheck // it says what it was doing
}

// messages are the encoded ResourceSpans in buffer.
func (e *Exporter) messages(ends []int) []*tracepb.ResourceSpans {
	out := make([]*tracepb.ResourceSpans, len(ends))
	begin := 0
	for i, end := range ends {
		out[i] = message(e.buffer[begin:end:end])
		begin = end
	}
	return out
}

// message is an encoded ResourceSpans as OpenTelemetry's client wants it: a message that knows none of its fields, which protobuf
// writes as they are.
func message(encoded spanmsg.Wire) *tracepb.ResourceSpans {
	m := &tracepb.ResourceSpans{}
	m.ProtoReflect().SetUnknown([]byte(encoded))
	return m
}

// Shutdown ends the client.
func (e *Exporter) Shutdown(ctx context.Context) (err error) {
	e.stop.Do(func() { err = e.client.Stop(ctx) })
	return err
}

// sameResource is how many spans at the beginning are of one resource.
func sameResource(spans []sdktrace.ReadOnlySpan) int {
	n := 1
	for n < len(spans) && spans[n].Resource() == spans[0].Resource() {
		n++
	}
	return n
}
