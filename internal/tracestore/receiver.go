package tracestore

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	collectorlogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxRequest bounds one export request, before and after decompression.
const maxRequest = 16 << 20

// Tap also gets every span that a receiver takes in, as it came. It must not keep the caller waiting, nor change anything.
type Tap func([]*tracepb.ResourceSpans)

// NewGRPCServer is an OTLP/gRPC receiver of traces that feeds store and taps; the caller serves a listener with it and stops it.
// Logs and metrics are taken, so that programs may send everything to one place, and dropped.
func NewGRPCServer(store *Store, taps ...Tap) *grpc.Server {
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(maxRequest))
	collectorpb.RegisterTraceServiceServer(srv, &traceService{store: store, taps: taps})
	collectorlogspb.RegisterLogsServiceServer(srv, logsService{})
	collectormetricspb.RegisterMetricsServiceServer(srv, metricsService{})
	return srv
}

type traceService struct {
	collectorpb.UnimplementedTraceServiceServer
	store *Store
	taps  []Tap
}

// Export answers OTLP's only call.
func (t *traceService) Export(_ context.Context, req *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	takeIn(t.store, t.taps, req.GetResourceSpans())
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

func takeIn(store *Store, taps []Tap, spans []*tracepb.ResourceSpans) {
	store.AddOTLP(spans)
	for _, tap := range taps {
		tap(spans)
	}
}

type logsService struct {
	collectorlogspb.UnimplementedLogsServiceServer
}

// Export takes logs and drops them.
func (logsService) Export(context.Context, *collectorlogspb.ExportLogsServiceRequest) (*collectorlogspb.ExportLogsServiceResponse, error) {
	return &collectorlogspb.ExportLogsServiceResponse{}, nil
}

type metricsService struct {
	collectormetricspb.UnimplementedMetricsServiceServer
}

// Export takes metrics and drops them.
func (metricsService) Export(context.Context, *collectormetricspb.ExportMetricsServiceRequest) (*collectormetricspb.ExportMetricsServiceResponse, error) {
	return &collectormetricspb.ExportMetricsServiceResponse{}, nil
}

// OTLPHandler is an OTLP/HTTP receiver of traces: POST /v1/traces as protobuf or JSON, gzipped or not. /v1/logs and /v1/metrics are
// answered like the receiver over gRPC does.
func OTLPHandler(store *Store, taps ...Tap) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"POST /v1/logs", "POST /v1/metrics"} {
		mux.HandleFunc(path, dropSignal)
	}
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		decode, encode := proto.Unmarshal, proto.Marshal
		switch kind {
		case "application/x-protobuf":
		case "application/json":
			decode, encode = unmarshalJSON, protojson.Marshal
		default:
			http.Error(w, "OTLP comes as application/x-protobuf or application/json", http.StatusUnsupportedMediaType)
			return
		}
		body, err := readBody(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var req collectorpb.ExportTraceServiceRequest
		if err := decode(body, &req); err != nil {
			http.Error(w, "not an OTLP trace request: "+err.Error(), http.StatusBadRequest)
			return
		}
		takeIn(store, taps, req.GetResourceSpans())
		answer, err := encode(&collectorpb.ExportTraceServiceResponse{})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(answer) // the exporter has gone: nothing to do
	})
	return mux
}

// dropSignal takes a request and answers with a response message that has nothing to say, which has no bytes in protobuf.
func dropSignal(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-protobuf" && kind != "application/json" {
		http.Error(w, "OTLP comes as application/x-protobuf or application/json", http.StatusUnsupportedMediaType)
		return
	}
	if _, err := readBody(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", kind)
	if kind == "application/json" {
		_, _ = io.WriteString(w, "{}")
	}
}

var errTooLarge = errors.New("the request is larger than 16 MiB")

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxRequest)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		body = unzipped
	}
	b, err := io.ReadAll(io.LimitReader(body, maxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(b) > maxRequest {
		return nil, errTooLarge
	}
	return b, nil
}

// unmarshalJSON reads OTLP's JSON, which is protobuf's except that ids are hex where protobuf has base64.
func unmarshalJSON(b []byte, m proto.Message) error {
	fixed, err := rewriteIDs(b, func(id string) (string, error) {
		raw, err := hex.DecodeString(id)
		return base64.StdEncoding.EncodeToString(raw), err
	})
	if err != nil {
		return err
	}
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(fixed, m) //nolint:wrapcheck // the caller says what it was
}

// rewriteIDs spells the ids in a JSON text another way; one that cannot be is left as it is.
func rewriteIDs(text []byte, spell func(string) (string, error)) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	rewriteIDsIn(doc, spell)
	fixed, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	return fixed, nil
}

func rewriteIDsIn(doc any, spell func(string) (string, error)) {
	switch v := doc.(type) {
	case []any:
		for _, item := range v {
			rewriteIDsIn(item, spell)
		}
	case map[string]any:
		for _, key := range []string{"traceId", "spanId", "parentSpanId"} {
			if id, ok := v[key].(string); ok {
				if other, err := spell(id); err == nil {
					v[key] = other
				}
			}
		}
		for _, item := range v {
			rewriteIDsIn(item, spell)
		}
	}
}
