package producer

import (
	"time"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// Option sets something of a producer: one of this package's, or a client.Option.
type Option = config.ProducerOption

type option func(*config.Producer)

// ApplyProducer implements Option.
func (o option) ApplyProducer(c *config.Producer) { o(c) }

// WithSendTimeout bounds a send, all attempts together, when its context has no deadline. Default 3 s.
func WithSendTimeout(d time.Duration) Option {
	return option(func(c *config.Producer) { c.SendMsgTimeout = d })
}

// WithMaxTimeoutPerRequest bounds one attempt while others may follow. Default 0: half of what is left. Negative: no such bound, as
// Apache's default, with which a broker that does not answer uses up all of the time.
func WithMaxTimeoutPerRequest(d time.Duration) Option {
	return option(func(c *config.Producer) { c.SendMsgMaxTimeoutPerRequest = d })
}

// WithRetryTimes sets how many more attempts follow a failed one. Default 2. One-way sends are never retried.
func WithRetryTimes(n int) Option {
	return option(func(c *config.Producer) { c.RetryTimesWhenSendFailed = n })
}

// WithRetryTimesAsync is WithRetryTimes for SendAsync. Default 2.
func WithRetryTimesAsync(n int) Option {
	return option(func(c *config.Producer) { c.RetryTimesWhenSendAsyncFailed = n })
}

// WithRetryResponseCodes sets the brokers' refusals after which another broker is tried. Default: TOPIC_NOT_EXIST,
// SERVICE_NOT_AVAILABLE, SYSTEM_ERROR, SYSTEM_BUSY, NO_PERMISSION, NO_BUYER_ID, NOT_IN_CURRENT_UNIT and GO_AWAY.
func WithRetryResponseCodes(codes ...protocol.ResponseCode) Option {
	return option(func(c *config.Producer) { c.RetryResponseCodes = codes })
}

// WithRetryAnotherBrokerWhenNotStoreOK tries another broker when the message was stored but not flushed or replicated in time.
// Default false.
func WithRetryAnotherBrokerWhenNotStoreOK(on bool) Option {
	return option(func(c *config.Producer) { c.RetryAnotherBrokerWhenNotStoreOK = on })
}

// WithLatencyFaultTolerance avoids, for a while, brokers that were slow or failed. Default false.
func WithLatencyFaultTolerance(on bool) Option {
	return option(func(c *config.Producer) { c.SendLatencyFaultEnable = on })
}

// WithCompressionOver compresses bodies of at least n bytes; 0 compresses none. Default 4096. Batches are never compressed.
func WithCompressionOver(n int) Option {
	return option(func(c *config.Producer) { c.CompressMsgBodyOverHowmuch = n })
}

// Compression is a way to compress bodies.
type Compression = message.Compression

// The ways to compress. All clients read zlib; the others need clients of 5.x.
const (
	Zlib = message.Zlib
	LZ4  = message.LZ4
	Zstd = message.Zstd
)

// WithCompression sets how bodies are compressed, and how hard, 1 to 9. Default Zlib, 5.
func WithCompression(how Compression, level int) Option {
	return option(func(c *config.Producer) { c.CompressType, c.CompressLevel = how, level })
}

// WithMaxMessageSize bounds bodies, in bytes, before compression. Default 4 MiB, as brokers' own.
func WithMaxMessageSize(n int) Option {
	return option(func(c *config.Producer) { c.MaxMessageSize = n })
}

// WithCreateTopicKey sets the topic after which unknown ones are created, and how many queues they get per broker at most. Default
// "TBW102", 4.
func WithCreateTopicKey(topic string, queues int32) Option {
	return option(func(c *config.Producer) { c.CreateTopicKey, c.DefaultTopicQueueNums = topic, queues })
}

// WithTopics has the routes of topics fetched at the start, so that first sends need not.
func WithTopics(topics ...string) Option {
	return option(func(c *config.Producer) { c.Topics = topics })
}

// WithTraceInMessage says whether a traced send writes its context into the message's properties traceparent and TRACE_CONTEXT, so
// that its consumption becomes part of the trace. Default true. A context that the message carries already is left alone.
func WithTraceInMessage(on bool) Option {
	return option(func(c *config.Producer) { c.PropagateInMessage = on })
}
