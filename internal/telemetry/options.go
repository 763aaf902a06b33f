package telemetry

import (
	"os"
	"strconv"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Options say what to trace as, and where spans go. The zero value, with no OTEL_* variable set, means no tracing at all.
type Options struct {
	// ServiceName is the resource attribute service.name. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override it unless
	// PinServiceName is set. Empty means "plume".
	ServiceName string
	// PinServiceName keeps ServiceName whatever the environment says: for a process that hosts several services.
	PinServiceName bool
	// ServiceInstanceID is the resource attribute service.instance.id; empty leaves it out.
	ServiceInstanceID string
	// ServiceVersion is the resource attribute service.version; empty leaves it out.
	ServiceVersion string

	// OTLPEndpoint is a gRPC receiver: "host:port" or "http://host:port" without TLS, "https://host:port" with. It wins over the
	// environment. Empty means the environment decides, and without a word there, no OTLP.
	OTLPEndpoint string
	// InProcessOnly leaves OTLP out, whatever the environment says.
	InProcessOnly bool
	// Exporters also receive every span, beside OTLP: an in-process store.
	Exporters []sdktrace.SpanExporter
	// Processors see every span as it starts and ends, before it is batched.
	Processors []sdktrace.SpanProcessor

	// BatchDelay is the longest that an ended span waits for company; 0 means OTEL_BSP_SCHEDULE_DELAY or 5 s.
	BatchDelay time.Duration
	// QueueSize is the number of ended spans that may wait before more are dropped; 0 means OTEL_BSP_MAX_QUEUE_SIZE or 2048.
	QueueSize int
	// KeepIdle exports long polls that brought nothing, too. They are left out otherwise.
	KeepIdle bool
	// SampleRatio is the share of the traces begun here that are recorded, 0 to 1; others are if their parent is. Nil means
	// OTEL_TRACES_SAMPLER, or all that their parent did not refuse.
	SampleRatio *float64
}

// disabled reports whether OTEL_SDK_DISABLED asks for no SDK.
func disabled() bool {
	off, err := strconv.ParseBool(os.Getenv("OTEL_SDK_DISABLED"))
	return err == nil && off
}

// wantsOTLP reports whether the options or the environment name a receiver.
func (o Options) wantsOTLP() bool {
	switch {
	case o.InProcessOnly:
		return false
	case o.OTLPEndpoint != "":
		return true
	case os.Getenv("OTEL_TRACES_EXPORTER") == "none":
		return false
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// batch turns the options into those of the batch processor; what is not set follows OTEL_BSP_*.
func (o Options) batch() []sdktrace.BatchSpanProcessorOption {
	var opts []sdktrace.BatchSpanProcessorOption
	if o.BatchDelay > 0 {
		opts = append(opts, sdktrace.WithBatchTimeout(o.BatchDelay))
	}
	if o.QueueSize > 0 {
		opts = append(opts, sdktrace.WithMaxQueueSize(o.QueueSize), sdktrace.WithMaxExportBatchSize(min(512, o.QueueSize)))
	}
	return opts
}
