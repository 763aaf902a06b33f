package consumer

import (
	"time"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/internal/disk"
)

// Option sets something of a consumer. The options of package client (name servers, credentials, tracing ...) are Options too.
type Option = config.ConsumerOption

type option func(*config.Consumer)

// ApplyConsumer implements Option.
func (o option) ApplyConsumer(c *config.Consumer) { o(c) }

// settings are a consumer's configuration while New reads the options.
type settings struct {
	config.Consumer
	strategy AllocateStrategy
}

func (s *settings) apply(o Option) {
	if a, ok := o.(allocateOption); ok {
		s.strategy = a.strategy
		return
	}
	o.ApplyConsumer(&s.Consumer)
}

type allocateOption struct{ strategy AllocateStrategy }

// ApplyConsumer implements Option; New handles the strategy itself.
func (allocateOption) ApplyConsumer(*config.Consumer) {}

// WithAllocateStrategy chooses how the members of the group share the queues; the same in all members. Default:
// [AllocateAveragely].
func WithAllocateStrategy(s AllocateStrategy) Option { return allocateOption{s} }

// WithBroadcasting gives every member of the group every message. Offsets are then kept in a local file, and a failed message is
// dropped with a warning instead of retried. The file goes by the client id, which for that reason stays the same from one start to
// the next; members on one host need different names, by client.WithInstanceName.
func WithBroadcasting() Option { return option(func(c *config.Consumer) { c.Broadcasting = true }) }

// ConsumeFromFirst begins a new group with the oldest message of each queue.
func ConsumeFromFirst() Option {
	return option(func(c *config.Consumer) { c.ConsumeFromWhere = consumeFromFirstOffset })
}

// ConsumeFromLast begins a new group behind the newest message of each queue; the default. A broker that still has a young queue's
// first message begins there all the same, as Apache's does.
func ConsumeFromLast() Option {
	return option(func(c *config.Consumer) { c.ConsumeFromWhere = consumeFromLastOffset })
}

// ConsumeFromTime begins a new group with the first message stored at t or later.
func ConsumeFromTime(t time.Time) Option {
	return option(func(c *config.Consumer) { c.ConsumeFromWhere, c.ConsumeTimestamp = consumeFromTimestamp, t })
}

// WithConcurrency bounds the handlers that run at once. Default: 20.
func WithConcurrency(n int) Option { return option(func(c *config.Consumer) { c.ConsumeThreads = n }) }

// WithBatchMaxSize bounds the messages handed over at once, 1 to 1024. Default: 1.
func WithBatchMaxSize(n int) Option {
	return option(func(c *config.Consumer) { c.ConsumeMessageBatchMaxSize = n })
}

// WithPullBatchSize bounds the messages of one pull, 1 to 1024. Default: 32.
func WithPullBatchSize(n int) Option {
	return option(func(c *config.Consumer) { c.PullBatchSize = int32(n) })
}

// WithFlowControl bounds what may wait in one queue: messages (default 1000) and bytes of their bodies (default 100 MiB).
func WithFlowControl(messages int, bytes int64) Option {
	return option(func(c *config.Consumer) { c.PullThresholdForQueue, c.PullThresholdSizeForQueue = messages, bytes })
}

// WithMaxReconsumeTimes is how often a message is retried before it goes to the dead letters. Default: 16.
func WithMaxReconsumeTimes(n int) Option {
	return option(func(c *config.Consumer) { c.MaxReconsumeTimes = int32(n) })
}

// WithSuspendTimeout is how long a broker may hold an empty pull. Default: 15 s; the pull's own timeout is twice that.
func WithSuspendTimeout(d time.Duration) Option {
	return option(func(c *config.Consumer) { c.SuspendTimeout, c.PullTimeout = d, 2*d })
}

// WithAwaitTermination bounds how long a shutdown waits for handlers. Default: 5 s.
func WithAwaitTermination(d time.Duration) Option {
	return option(func(c *config.Consumer) { c.AwaitTermination = d })
}

// WithOffsetStoreDir is where a broadcasting group keeps its offsets. Default: .rocketmq_offsets in the home directory, as Apache's
// client.
func WithOffsetStoreDir(dir string) Option {
	return option(func(c *config.Consumer) { c.OffsetStoreDir = dir })
}

// WithConsumeTimeout is after how long a message whose handler has not returned is sent back for another attempt; found out once in
// this time. The handler runs on, but what it returns no longer matters. Default: 15 minutes.
func WithConsumeTimeout(d time.Duration) Option {
	return option(func(c *config.Consumer) { c.ConsumeTimeout = d })
}

// WithPullInterval is waited between two pulls of a queue. Default: 0.
func WithPullInterval(d time.Duration) Option {
	return option(func(c *config.Consumer) { c.PullInterval = d })
}

// WithDisk replaces the operating system's files, for tests and simulations of this module.
func WithDisk(d disk.Disk) Option { return option(func(c *config.Consumer) { c.Disk = d }) }

// WithLinkedProcess makes process spans roots that link to the send, instead of its children.
func WithLinkedProcess() Option { return option(func(c *config.Consumer) { c.LinkOnly = true }) }
