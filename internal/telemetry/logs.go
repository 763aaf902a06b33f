package telemetry

import (
	"context"

	"go.opentelemetry.io/contrib/bridges/otelzap"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/observ"
)

// newLogs is the provider that exports logs over OTLP. How it batches follows OTEL_BLRP_*.
func newLogs(ctx context.Context, endpoint string, res *resource.Resource) (*sdklog.LoggerProvider, error) {
	e, err := newLogExporter(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	return sdklog.NewLoggerProvider(sdklog.WithResource(res),
		sdklog.WithProcessor(linesToRecords{}), sdklog.WithProcessor(sdklog.NewBatchProcessor(e))), nil
}

// Tee is a logger that writes to log and, if logs are exported, sends the same lines of at least that level over OTLP.
func (p *Providers) Tee(log *zap.Logger, level zapcore.LevelEnabler) *zap.Logger {
	if p.logs == nil {
		return log
	}
	bridge := otelzap.NewCore("github.com/plumemq/plume", otelzap.WithLoggerProvider(p.logs))
	return log.WithOptions(zap.WrapCore(func(own zapcore.Core) zapcore.Core {
		leveled, err := zapcore.NewIncreaseLevelCore(bridge, level)
		if err != nil {
			leveled = bridge
		}
		return zapcore.NewTee(own, leveled)
	}))
}

// linesToRecords gives a log record what its line says in fields: the span, by trace_id and span_id, and the event's name. Spans that
// lines tell of were recorded, and so sampled.
type linesToRecords struct{}

// OnEmit moves the fields.
func (linesToRecords) OnEmit(_ context.Context, r *sdklog.Record) error {
	rest := make([]attribute.KeyValue, 0, r.AttributesLen())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		switch kv.Key {
		case observ.TraceIDField:
			if id, err := trace.TraceIDFromHex(kv.Value.AsString()); err == nil {
				r.SetTraceID(id)
				r.SetTraceFlags(trace.FlagsSampled)
				return true
			}
		case observ.SpanIDField:
			if id, err := trace.SpanIDFromHex(kv.Value.AsString()); err == nil {
				r.SetSpanID(id)
				return true
			}
		case observ.EventName:
			r.SetEventName(kv.Value.AsString())
			return true
		}
		rest = append(rest, kv)
		return true
	})
	r.SetAttributes(rest...)
	return nil
}

// Enabled says yes: the next processor decides.
func (linesToRecords) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// Shutdown does nothing.
func (linesToRecords) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (linesToRecords) ForceFlush(context.Context) error { return nil }
