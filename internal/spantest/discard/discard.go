// Package discard records spans as a program does, and sends them nowhere: for benchmarks.
package discard

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/plumemq/plume/internal/telemetry/otlpwire"
)

// Provider records every span until the end of the test.
func Provider(tb testing.TB) trace.TracerProvider {
	tb.Helper()
	p, err := otlpwire.NewProvider(context.Background(), otlpwire.Config{
		Client: nowhere{}, Resource: resource.Empty(), Sampler: sdktrace.AlwaysSample(), Limits: sdktrace.NewSpanLimits(),
		Batch: otlpwire.BatchConfig{MaxQueueSize: 1 << 16, MaxExportBatchSize: 512, Timeout: time.Second, ExportTimeout: time.Second},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return everyRoot{p}
}

// everyRoot decides, as programs do, before anything is made of a trace.
type everyRoot struct{ trace.TracerProvider }

// SampleRoot implements observ.RootSampler.
func (everyRoot) SampleRoot() bool { return true }

// nowhere is an exporter's client.
type nowhere struct{}

func (nowhere) Start(context.Context) error                                  { return nil }
func (nowhere) Stop(context.Context) error                                   { return nil }
func (nowhere) UploadTraces(context.Context, []*tracepb.ResourceSpans) error { return nil }
