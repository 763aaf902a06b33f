package telemetry

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// words are the variables whose value is one of a few.
var words = []struct {
	key     string
	known   []string
	instead string
}{
	{"OTEL_TRACES_EXPORTER", []string{"otlp", "none"}, "otlp and none exist"},
	{"OTEL_LOGS_EXPORTER", []string{"otlp", "none"}, "otlp and none exist"},
	{"OTEL_SDK_DISABLED", []string{"true", "false", "TRUE", "FALSE", "True", "False", "1", "0", "t", "f", "T", "F"}, "true and false exist"},
	{"OTEL_EXPORTER_OTLP_COMPRESSION", []string{"gzip", "none"}, "gzip and none exist"},
	{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", []string{"gzip", "none"}, "gzip and none exist"},
	{"OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", []string{"gzip", "none"}, "gzip and none exist"},
}

// Warnings are what the environment asks for and does not get, a sentence each.
func Warnings() []string {
	var out []string
	for _, w := range words {
		if v := os.Getenv(w.key); v != "" && !slices.Contains(w.known, v) {
			out = append(out, fmt.Sprintf("%s=%s: not known here; %s", w.key, v, w.instead))
		}
	}
	for _, key := range []string{"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"} {
		if v := os.Getenv(key); v != "" && positive(key, 0) == 0 {
			out = append(out, fmt.Sprintf("%s=%s: not a positive number; the default holds", key, v))
		}
	}
	for name := range strings.SplitSeq(os.Getenv("OTEL_PROPAGATORS"), ",") {
		if name = strings.TrimSpace(name); !slices.Contains([]string{"", "tracecontext", "none"}, name) {
			out = append(out, fmt.Sprintf("OTEL_PROPAGATORS: %s is not here; tracecontext and none exist", name))
		}
	}
	for _, key := range []string{"OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"} {
		if os.Getenv(key) != "" {
			out = append(out, key+" has no effect here")
		}
	}
	return out
}

// ErrCertificate is returned for a certificate or key that the environment names and that cannot be read.
var ErrCertificate = errors.New("OTLP certificate")

// checkCertificates reads what the exporters of a signal are to use: without it they would go on with the system's certificates.
func checkCertificates(signal string) error {
	for _, name := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
		for _, key := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_" + name, "OTEL_EXPORTER_OTLP_" + name} {
			file := os.Getenv(key)
			if file == "" {
				continue
			}
			if _, err := os.ReadFile(file); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrCertificate, key, err)
			}
			break // the signal's own wins
		}
	}
	return nil
}
