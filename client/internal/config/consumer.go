package config

import (
	"fmt"
	"time"

	"github.com/plumemq/plume/internal/disk"
)

// Consumer is what a push consumer can be told. The handler, the subscriptions and the allocation strategy belong to package
// consumer; here is what is plain data.
//
// Java: client.consumer.DefaultMQPushConsumer (5.5.0).
type Consumer struct {
	Client
	// Group is the consumer group.
	Group string
	// Broadcasting gives every member every message; otherwise members share them.
	Broadcasting bool
	// ConsumeFromWhere is Apache's name of the place where a new group begins: CONSUME_FROM_LAST_OFFSET ...
	ConsumeFromWhere string
	// ConsumeTimestamp is that place's time for CONSUME_FROM_TIMESTAMP.
	ConsumeTimestamp time.Time
	// ConsumeThreads bounds handlers that run at once.
	ConsumeThreads int
	// ConsumeMessageBatchMaxSize bounds the messages handed over at once.
	ConsumeMessageBatchMaxSize int
	// PullBatchSize bounds the messages of one pull, PullBatchSizeInBytes their bytes.
	PullBatchSize        int32
	PullBatchSizeInBytes int32
	// PullInterval is waited between pulls.
	PullInterval time.Duration
	// PullThresholdForQueue, PullThresholdSizeForQueue (bytes) and ConsumeConcurrentlyMaxSpan bound what waits unprocessed in one
	// queue.
	PullThresholdForQueue      int
	PullThresholdSizeForQueue  int64
	ConsumeConcurrentlyMaxSpan int64
	// SuspendTimeout is how long a broker may hold a pull, PullTimeout how long the client waits for its answer.
	SuspendTimeout time.Duration
	PullTimeout    time.Duration
	// FlowControlDelay is waited when a queue is over its thresholds, PullErrorDelay after a failed pull.
	FlowControlDelay time.Duration
	PullErrorDelay   time.Duration
	// MaxReconsumeTimes is how often a message is retried before it goes to the dead letters; -1 means 16.
	MaxReconsumeTimes int32
	// ConsumeTimeout is after how long a message in the handler counts as stuck and is sent back.
	ConsumeTimeout time.Duration
	// AwaitTermination bounds how long a shutdown waits for handlers.
	AwaitTermination time.Duration
	// LinkOnly makes process spans link to the send instead of being its child.
	LinkOnly bool
	// OffsetStoreDir holds the offsets of broadcasting groups.
	OffsetStoreDir string
	// Disk is where that folder is; nil: the operating system's.
	Disk disk.Disk
}

// Complete fills in what was left empty. A broadcasting member keeps its client id from one start to the next, because its offsets
// are filed under it.
func (c *Consumer) Complete() {
	if c.Disk == nil {
		c.Disk = disk.System
	}
	if c.Broadcasting && c.InstanceName == "" {
		c.InstanceName = "DEFAULT"
	}
	c.Client.Complete()
}

// ConsumerOption sets something of a consumer.
type ConsumerOption interface{ ApplyConsumer(*Consumer) }

// DefaultConsumer is Apache's defaults.
func DefaultConsumer(group string) Consumer {
	return Consumer{
		Client:                     DefaultClient(),
		Group:                      group,
		ConsumeFromWhere:           "CONSUME_FROM_LAST_OFFSET",
		ConsumeThreads:             20,
		ConsumeMessageBatchMaxSize: 1,
		PullBatchSize:              32,
		PullBatchSizeInBytes:       256 << 10,
		PullThresholdForQueue:      1000,
		PullThresholdSizeForQueue:  100 << 20,
		ConsumeConcurrentlyMaxSpan: 2000,
		SuspendTimeout:             15 * time.Second,
		PullTimeout:                30 * time.Second,
		FlowControlDelay:           50 * time.Millisecond,
		PullErrorDelay:             3 * time.Second,
		MaxReconsumeTimes:          -1,
		ConsumeTimeout:             15 * time.Minute,
		AwaitTermination:           5 * time.Second,
	}
}

// Validate refuses settings that cannot work.
func (c *Consumer) Validate() error {
	switch {
	case c.ConsumeThreads < 1:
		return fmt.Errorf("consume threads must be at least 1, not %d", c.ConsumeThreads)
	case c.ConsumeMessageBatchMaxSize < 1 || c.ConsumeMessageBatchMaxSize > 1024:
		return fmt.Errorf("consume batch size must be 1 to 1024, not %d", c.ConsumeMessageBatchMaxSize)
	case c.PullBatchSize < 1 || c.PullBatchSize > 1024:
		return fmt.Errorf("pull batch size must be 1 to 1024, not %d", c.PullBatchSize)
	case c.PullTimeout <= c.SuspendTimeout:
		return fmt.Errorf("pull timeout %v must exceed suspend timeout %v", c.PullTimeout, c.SuspendTimeout)
	case c.PullThresholdForQueue < 1 || c.PullThresholdSizeForQueue < 1:
		return fmt.Errorf("flow control needs room for at least 1 message and 1 byte, not %d and %d", c.PullThresholdForQueue, c.PullThresholdSizeForQueue)
	case c.ConsumeTimeout <= 0:
		return fmt.Errorf("consume timeout must be positive, not %v", c.ConsumeTimeout)
	case c.PullInterval < 0 || c.AwaitTermination < 0:
		return fmt.Errorf("pull interval and await termination must not be negative: %v, %v", c.PullInterval, c.AwaitTermination)
	}
	return c.Client.Validate()
}
