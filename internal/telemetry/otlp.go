package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"google.golang.org/grpc"

	"github.com/plumemq/plume/internal/telemetry/otlpwire"
)

// ErrProtocol is returned for a value of OTEL_EXPORTER_OTLP_PROTOCOL other than "grpc" and "http/protobuf".
var ErrProtocol = errors.New("unknown OTLP protocol")

// The protocols.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf"
)

// protocol is the environment's protocol of a signal, "TRACES" or "LOGS"; gRPC if it does not say.
func protocol(signal string) (string, error) {
	for _, key := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch p := os.Getenv(key); p {
		case "":
		case protocolGRPC, protocolHTTP:
			return p, nil
		default:
			return "", fmt.Errorf("%s: %w: %q (%s and %s exist)", key, ErrProtocol, p, protocolGRPC, protocolHTTP)
		}
	}
	return protocolGRPC, nil
}

// secure says whether an explicit endpoint asks for TLS: only "https://" does.
func secure(endpoint string) bool { return strings.HasPrefix(endpoint, "https://") }

// bareEndpoint is the environment's endpoint of a signal if it is a "host:port", which the exporters do not understand, as a URL; with
// TLS unless OTEL_EXPORTER_OTLP_INSECURE says not.
func bareEndpoint(signal string) string {
	get := func(name string) string {
		return cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_"+name), os.Getenv("OTEL_EXPORTER_OTLP_"+name))
	}
	endpoint := get("ENDPOINT")
	if endpoint == "" || strings.Contains(endpoint, "://") {
		return ""
	}
	if insecure, err := strconv.ParseBool(get("INSECURE")); err == nil && insecure {
		return "http://" + endpoint
	}
	return "https://" + endpoint
}

// endpointURL is an explicit endpoint as a URL. For HTTP a signal's path is added where there is none: "/v1/traces".
func endpointURL(endpoint, path string) (string, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("OTLP endpoint %q: want host:port or a URL", endpoint)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = path
	}
	return u.String(), nil
}

// newSpanClient makes the client that sends spans; everything but an explicit endpoint comes from the environment.
func newSpanClient(endpoint string) (otlptrace.Client, error) {
	proto, err := protocol("TRACES")
	if err == nil {
		err = checkCertificates("TRACES")
	}
	if err != nil {
		return nil, err
	}
	if endpoint = cmp.Or(endpoint, bareEndpoint("TRACES")); endpoint != "" {
		if endpoint, err = endpointURL(endpoint, "/v1/traces"); err != nil {
			return nil, err
		}
	}
	return spanClient(proto, endpoint), nil
}

// spanClient is OpenTelemetry's client of a protocol.
func spanClient(proto, endpoint string) otlptrace.Client {
	switch {
	case proto == protocolHTTP && endpoint == "":
		return otlptracehttp.NewClient()
	case proto == protocolHTTP:
		return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(endpoint))
	}
	options := []otlptracegrpc.Option{otlptracegrpc.WithDialOption(grpc.WithWriteBufferSize(writeBuffer), otlpwire.WithoutCopies())}
	if endpoint != "" {
		options = append(options, otlptracegrpc.WithEndpointURL(endpoint))
		if !secure(endpoint) {
			options = append(options, otlptracegrpc.WithInsecure())
		}
	}
	return otlptracegrpc.NewClient(options...)
}

// writeBuffer is how much gRPC gathers before it writes: a batch of spans is some 300 KiB.
const writeBuffer = 256 << 10

// newLogExporter makes the exporter of logs, likewise.
func newLogExporter(ctx context.Context, endpoint string) (e sdklog.Exporter, err error) {
	proto, err := protocol("LOGS")
	if err == nil {
		err = checkCertificates("LOGS")
	}
	if err != nil {
		return nil, err
	}
	if endpoint = cmp.Or(endpoint, bareEndpoint("LOGS")); endpoint != "" {
		if endpoint, err = endpointURL(endpoint, "/v1/logs"); err != nil {
			return nil, err
		}
	}
	switch {
	case proto == protocolHTTP && endpoint == "":
		e, err = otlploghttp.New(ctx)
	case proto == protocolHTTP:
		e, err = otlploghttp.New(ctx, otlploghttp.WithEndpointURL(endpoint))
	case endpoint == "":
		e, err = otlploggrpc.New(ctx)
	case secure(endpoint):
		e, err = otlploggrpc.New(ctx, otlploggrpc.WithEndpointURL(endpoint))
	default:
		e, err = otlploggrpc.New(ctx, otlploggrpc.WithEndpointURL(endpoint), otlploggrpc.WithInsecure())
	}
	return e, wrap("OTLP exporter of logs", err)
}
