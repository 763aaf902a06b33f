package otlpwire

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// requestResourceSpans is the field of ExportTraceServiceRequest (opentelemetry/proto/collector/trace/v1/trace_service.proto).
const requestResourceSpans = 1

// WithoutCopies makes a connection of gRPC's send the batches of a [Provider] from the memory that they were written to. gRPC's own
// codec writes each once more, into memory that it clears before.
func WithoutCopies() grpc.DialOption { return grpc.WithChainUnaryInterceptor(sendBatch) }

// batchKey is for the batch that is being sent, in the context of its sending: OpenTelemetry's client hands on nothing else as it is.
type batchKey struct{}

// sendBatch puts the batch itself in the place of the request that the client made of it. Each try comes by here.
func sendBatch(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if b, ok := ctx.Value(batchKey{}).(*batch); ok {
		request, opts = b, append(opts, grpc.ForceCodecV2(codec{encoding.GetCodecV2(protocodec.Name)}))
	}
	return invoke(ctx, method, request, reply, cc, opts...)
}

// codec is protobuf's but for batches.
type codec struct{ encoding.CodecV2 }

// Marshal gives gRPC the batch's memory, and the batch is in use until gRPC has given it back: that may be after the call, which
// ends with its context though its bytes are still being written.
func (c codec) Marshal(message any) (mem.BufferSlice, error) {
	b, ok := message.(*batch)
	if !ok {
		return c.CodecV2.Marshal(message) //nolint:wrapcheck // gRPC says what
	}
	wire := []byte(b.wire)
	head := protowire.AppendVarint(protowire.AppendTag(nil, requestResourceSpans, protowire.BytesType), uint64(len(wire)))
	if mem.IsBelowBufferPoolingThreshold(cap(wire)) { // of so little gRPC does not say when it has done with it
		return mem.BufferSlice{mem.SliceBuffer(head), mem.SliceBuffer(slices.Clone(wire))}, nil
	}
	b.use()
	return mem.BufferSlice{mem.SliceBuffer(head), mem.NewBuffer(&wire, lease{b})}, nil
}

// lease is the pool that a batch's memory goes back to.
type lease struct{ batch *batch }

// Put ends the use.
func (l lease) Put(*[]byte) { l.batch.release() }

// Get is for nobody: a lease is of memory that is there.
func (lease) Get(length int) *[]byte {
	made := make([]byte, length)
	return &made
}
