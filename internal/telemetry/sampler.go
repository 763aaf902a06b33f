package telemetry

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// ratioProvider records a share of the traces that begin here, and of the others those that their parents want recorded. It is an
// observ.RootSampler: the provider hears only of what is to be recorded.
type ratioProvider struct {
	trace.TracerProvider
	*draws
}

// SampleRoot draws.
func (p *ratioProvider) SampleRoot() bool { return p.draw() }

// samplerOf is the sampler that OTEL_TRACES_SAMPLER names, of those that ratio does not speak for; OpenTelemetry's default, with a word to
// its error handler, if there is no such.
func samplerOf(name, arg string) sdktrace.Sampler {
	switch name {
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(samplerArg(arg))
	}
	otel.Handle(fmt.Errorf("OTEL_TRACES_SAMPLER=%s: %w; new traces are all recorded", name, errSampler))
	return sdktrace.ParentBased(sdktrace.AlwaysSample())
}

var errSampler = errors.New("no such sampler here")

// samplerArg is the share in OTEL_TRACES_SAMPLER_ARG; 1 if it is none.
func samplerArg(arg string) float64 {
	if ratio, err := strconv.ParseFloat(arg, 64); err == nil && ratio >= 0 && ratio <= 1 {
		return ratio
	} else if arg != "" {
		otel.Handle(fmt.Errorf("OTEL_TRACES_SAMPLER_ARG=%s: %w; new traces are all recorded", arg, errShare))
	}
	return 1
}

var errShare = errors.New("want a share from 0 to 1")

// ratio is the share of new traces that are to be recorded, if those that go on are to be as their parents are.
func (o Options) ratio() (float64, bool) {
	if o.SampleRatio != nil {
		return *o.SampleRatio, true
	}
	switch os.Getenv("OTEL_TRACES_SAMPLER") {
	case "", "parentbased_always_on":
		return 1, true
	case "parentbased_always_off":
		return 0, true
	case "parentbased_traceidratio":
		return samplerArg(os.Getenv("OTEL_TRACES_SAMPLER_ARG")), true
	}
	return 0, false
}
