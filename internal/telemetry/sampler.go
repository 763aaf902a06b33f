package telemetry

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// ratioProvider records a share of the traces that begin here, and of the others those that their parents want recorded. It is an
// observ.RootSampler: the SDK hears only of what is to be recorded.
type ratioProvider struct {
	*sdktrace.TracerProvider
	below uint64 // of all 64-bit numbers
}

// SampleRoot draws.
func (p *ratioProvider) SampleRoot() bool { return rand.Uint64() < p.below }

// ratio is the share of new traces that are to be recorded, if it is the options or a sampler of OTEL_TRACES_SAMPLER's that says so.
func (o Options) ratio() (float64, bool) {
	if o.SampleRatio != nil {
		return *o.SampleRatio, true
	}
	switch os.Getenv("OTEL_TRACES_SAMPLER") {
	case "parentbased_always_off":
		return 0, true
	case "parentbased_traceidratio":
		ratio, err := strconv.ParseFloat(os.Getenv("OTEL_TRACES_SAMPLER_ARG"), 64)
		return ratio, err == nil && ratio >= 0 && ratio < 1
	}
	return 0, false
}

// threshold is the number that a share of all 64-bit numbers is below; at 1 all but one are.
func threshold(ratio float64) uint64 {
	if ratio >= 1 {
		return math.MaxUint64
	}
	return uint64(max(ratio, 0) * (1 << 64))
}
