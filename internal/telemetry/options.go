package telemetry

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/telemetry/otlpwire"
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

	// OTLPEndpoint is a receiver: "host:port" or "http://host:port" without TLS, "https://host:port" with. It wins over the
	// environment, which says which protocol the receiver speaks (gRPC if it says nothing). Empty means the environment decides, and without a word there, no OTLP.
	OTLPEndpoint string
	// OTLPLogs sends logs over OTLP, too, to the same receiver. OTEL_LOGS_EXPORTER=otlp does the same.
	OTLPLogs bool
	// InProcessOnly leaves OTLP out, whatever the environment says.
	InProcessOnly bool
	// Exporters also receive every span, beside OTLP: an in-process store.
	Exporters []sdktrace.SpanExporter
	// Processors see every span as it starts and ends, before it is batched.
	Processors []sdktrace.SpanProcessor

	// BatchDelay is the longest that an ended span waits for company; 0 means OTEL_BSP_SCHEDULE_DELAY or 5 s.
	BatchDelay time.Duration
	// QueueSize is the number of ended spans that may wait before more are dropped; 0 means OTEL_BSP_MAX_QUEUE_SIZE. Without that it is
	// 2,048 where spans go to Exporters or Processors, and 16,384 else.
	QueueSize int
	// KeepIdle exports long polls that brought nothing, too. They are left out otherwise.
	KeepIdle bool
	// SampleRatio is the share of the traces begun here that are recorded, 0 to 1; others are if their parent is. Nil means
	// OTEL_TRACES_SAMPLER, or all that their parent did not refuse.
	SampleRatio *float64
	// SampleRun is how many traces are recorded one after the other, where more than a few a second are; the share stays the same. 1 means each
	// for itself, 0 means [DefaultRun].
	SampleRun int
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
	}
	switch os.Getenv("OTEL_TRACES_EXPORTER") {
	case "":
		return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	case "otlp":
		return true
	}
	return false // "none", and exporters that are not here
}

// wantsLogs reports whether logs go over OTLP.
func (o Options) wantsLogs() bool {
	return !o.InProcessOnly && (o.OTLPLogs || os.Getenv("OTEL_LOGS_EXPORTER") == "otlp")
}

// Propagates says whether OTEL_PROPAGATORS lets trace context travel. W3C's is the only one here, and "none" the way to have none.
func Propagates() bool {
	list := os.Getenv("OTEL_PROPAGATORS")
	if list == "" {
		return true
	}
	for name := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(name) == "tracecontext" {
			return true
		}
	}
	return false
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

// What holds for the provider that has no batch processor, where neither an option nor the environment says otherwise. A span that waits is
// some 500 bytes, and a broker that records every step makes 2,048 of them, OpenTelemetry's queue, in a few milliseconds. What a batch
// costs beside its bytes is the less the more spans share it.
const (
	defaultQueue = 1 << 14
	defaultBatch = 1 << 11
	maxInFlight  = 4 // where a receiver is slow to answer, spans must not wait for that
)

// batchConfig is the same for the provider that has no batch processor.
func (o Options) batchConfig() otlpwire.BatchConfig {
	queue := cmp.Or(o.QueueSize, positive("OTEL_BSP_MAX_QUEUE_SIZE", defaultQueue))
	batch := max(sdktrace.DefaultMaxExportBatchSize, min(defaultBatch, queue/8))
	return otlpwire.BatchConfig{
		MaxQueueSize:       queue,
		MaxExportBatchSize: min(queue, positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch)),
		MaxInFlight:        maxInFlight,
		Timeout:            cmp.Or(o.BatchDelay, time.Duration(positive("OTEL_BSP_SCHEDULE_DELAY", sdktrace.DefaultScheduleDelay))*time.Millisecond),
		ExportTimeout:      time.Duration(positive("OTEL_BSP_EXPORT_TIMEOUT", sdktrace.DefaultExportTimeout)) * time.Millisecond,
	}
}

// positive is a variable's number, or what holds where it is none.
func positive(key string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(key)); err == nil && n > 0 {
		return n
	}
	return otherwise
}
