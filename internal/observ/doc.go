// Package observ is Plume's whole vocabulary for telemetry: a step of RocketMQ's work is an [Op], one execution of it is a
// [Step], and a process role that performs steps (a producer, a name server, a broker) is a [Component].
//
// It exists so that tracing costs the logic two lines per step and nothing else:
//
//	func (p *Producer) sendKernelImpl(ctx context.Context, ...) (res *SendResult, err error) {
//		ctx, step := traceSendKernelImpl(ctx, mq) // in trace.go, beside the logic
//		defer step.End(&err)
//
// There are two ways to start a step:
//
//   - An entry step (a user's send, a request off the wire, one turn of a background service) is started by a [Component],
//     which holds the injected TracerProvider: [Component.Start].
//   - An inner step is started by its [Op] alone: [Op.Start]. It makes a span only if an entry step further up is recording.
//     Otherwise it returns the context unchanged and a zero Step, without allocating. An entry step's end is the end of all recording
//     within it: work that outlives it begins an entry step of its own, linked to it.
//
// Attributes are built only when [Step.On] says so.
//
// This package, internal/telemetry and internal/tracestore are the only ones that import OpenTelemetry; public options may
// name otel/trace's TracerProvider.
package observ
