package store

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
)

// FlushDiskType says when a put is acknowledged: after the operating system has it, or after the disk has it.
type FlushDiskType = commitlog.FlushDiskType

// The flush types.
const (
	AsyncFlush = commitlog.AsyncFlush
	SyncFlush  = commitlog.SyncFlush
)

// CorruptionPolicy says what recovery does with a damaged record below the durable watermark.
type CorruptionPolicy int

// The policies.
const (
	// RefuseCorruption makes Open fail with a *CorruptRecordError: nothing is lost without somebody knowing.
	RefuseCorruption CorruptionPolicy = iota
	// QuarantineCorruption skips the damaged record and goes on behind it.
	QuarantineCorruption
)

// Config are the settings of a store; the names follow Apache's MessageStoreConfig. Start from DefaultConfig.
//
// Java: store.config.MessageStoreConfig (5.5.0).
type Config struct {
	// StorePathRootDir holds everything; StorePathCommitLog is "<root>/commitlog" when empty.
	StorePathRootDir   string
	StorePathCommitLog string

	// MappedFileSizeCommitLog is the size of a commit log file, in bytes.
	MappedFileSizeCommitLog int64
	// MappedFileSizeConsumeQueue is the size of a consume queue file, in bytes, rounded up to whole units of 20.
	MappedFileSizeConsumeQueue int64
	// MaxHashSlotNum and MaxIndexNum size an index file. MessageIndexEnable turns indexing on.
	MaxHashSlotNum     int32
	MaxIndexNum        int32
	MessageIndexEnable bool

	FlushDiskType                     FlushDiskType
	FlushIntervalCommitLog            time.Duration
	FlushCommitLogLeastPages          int
	FlushCommitLogThoroughInterval    time.Duration
	FlushIntervalConsumeQueue         time.Duration
	FlushConsumeQueueLeastPages       int
	FlushConsumeQueueThoroughInterval time.Duration
	SyncFlushTimeout                  time.Duration
	// OSPageCacheBusyTimeout is how long one write may take before puts are refused with OSPageCacheBusy.
	OSPageCacheBusyTimeout time.Duration

	// MaxMessageSize bounds a message's body, in bytes.
	MaxMessageSize int
	// AutoMessageVersionOnTopicLen stores topics longer than 127 bytes in record version 2, else they are refused.
	AutoMessageVersionOnTopicLen bool

	// The limits of one pull: messages that are likely in memory, and those on disk. GetMessage multiplies none of them.
	MaxTransferCountOnMessageInMemory int
	MaxTransferBytesOnMessageInMemory int
	MaxTransferCountOnMessageInDisk   int
	MaxTransferBytesOnMessageInDisk   int
	// AccessMessageInMemoryMaxRatio is the percentage of RAM that counts as memory; TotalPhysicalMemory is RAM in bytes, 0 to ask
	// the system.
	AccessMessageInMemoryMaxRatio int
	TotalPhysicalMemory           int64
	// DefaultQueryMaxNum is how many messages a query by key asks for unless told, MaxMsgsNumBatch the most it may.
	DefaultQueryMaxNum int
	MaxMsgsNumBatch    int

	// FileReservedTime is how long files are kept; DeleteWhen is the local hour ("04", several by ';') of deletion.
	FileReservedTime      time.Duration
	DeleteWhen            string
	CleanResourceInterval time.Duration
	// At most DeleteFilesBatchMax files of the commit log go in one turn, with DeleteCommitLogFilesInterval between them.
	DeleteCommitLogFilesInterval time.Duration
	DeleteFilesBatchMax          int
	// The disk ratios, in percent: above DiskMaxUsedSpaceRatio expired files go at any hour, above
	// DiskSpaceCleanForciblyRatio any old file goes, above DiskSpaceWarningLevelRatio puts are refused.
	DiskMaxUsedSpaceRatio       int
	DiskSpaceCleanForciblyRatio int
	DiskSpaceWarningLevelRatio  int
	CleanFileForciblyEnable     bool

	// DeliverTimestamp computes the deliver time, in ms, of a record of SCHEDULE_TOPIC_XXXX from its delay level and store
	// timestamp; nil leaves the tags code alone.
	DeliverTimestamp func(delayLevel int, storeTimestamp int64) int64
	// OnCorruption is what recovery does about damage below the durable watermark.
	OnCorruption CorruptionPolicy
	// OnFatal is told once, on its own goroutine, of an I/O error after which the store refuses all writes until reopened.
	OnFatal func(error)
}

// defaultPhysicalMemory stands for the machine's RAM where the system does not say, in bytes.
const defaultPhysicalMemory = 8 << 30

// DefaultConfig are Apache's defaults (5.5.0) for a store in root.
func DefaultConfig(root string) Config {
	return Config{
		StorePathRootDir:                  root,
		MappedFileSizeCommitLog:           1 << 30,
		MappedFileSizeConsumeQueue:        300_000 * 20,
		MaxHashSlotNum:                    5_000_000,
		MaxIndexNum:                       20_000_000,
		MessageIndexEnable:                true,
		FlushDiskType:                     AsyncFlush,
		FlushIntervalCommitLog:            500 * time.Millisecond,
		FlushCommitLogLeastPages:          4,
		FlushCommitLogThoroughInterval:    10 * time.Second,
		FlushIntervalConsumeQueue:         time.Second,
		FlushConsumeQueueLeastPages:       2,
		FlushConsumeQueueThoroughInterval: time.Minute,
		SyncFlushTimeout:                  5 * time.Second,
		OSPageCacheBusyTimeout:            time.Second,
		MaxMessageSize:                    4 << 20,
		AutoMessageVersionOnTopicLen:      true,
		MaxTransferCountOnMessageInMemory: 32,
		MaxTransferBytesOnMessageInMemory: 256 << 10,
		MaxTransferCountOnMessageInDisk:   8,
		MaxTransferBytesOnMessageInDisk:   64 << 10,
		AccessMessageInMemoryMaxRatio:     40,
		DefaultQueryMaxNum:                32,
		MaxMsgsNumBatch:                   64,
		FileReservedTime:                  72 * time.Hour,
		DeleteWhen:                        "04",
		CleanResourceInterval:             10 * time.Second,
		DeleteCommitLogFilesInterval:      100 * time.Millisecond,
		DeleteFilesBatchMax:               10,
		DiskMaxUsedSpaceRatio:             75,
		DiskSpaceCleanForciblyRatio:       85,
		DiskSpaceWarningLevelRatio:        90,
		CleanFileForciblyEnable:           true,
	}
}

// Validate reports what makes the configuration unusable, or nil.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(c.StorePathRootDir != "", "storePathRootDir is empty")
	check(c.MappedFileSizeCommitLog >= 4096, "mappedFileSizeCommitLog=%d is below 4096", c.MappedFileSizeCommitLog)
	check(c.MappedFileSizeConsumeQueue >= 20, "mappedFileSizeConsumeQueue=%d is below 20", c.MappedFileSizeConsumeQueue)
	check(c.MaxHashSlotNum > 0 && c.MaxIndexNum > 1, "maxHashSlotNum=%d, maxIndexNum=%d", c.MaxHashSlotNum, c.MaxIndexNum)
	check(c.FlushIntervalCommitLog > 0 && c.FlushIntervalConsumeQueue > 0, "flush intervals must be positive")
	check(c.CleanResourceInterval > 0, "cleanResourceInterval must be positive")
	check(c.SyncFlushTimeout > 0, "syncFlushTimeout must be positive")
	check(c.MaxMessageSize > 0 && c.MaxMessageSize <= 1<<30, "maxMessageSize=%d", c.MaxMessageSize)
	return errors.Join(errs...)
}

// Deps are what the store is given to work with. A nil Disk or Clock is the system's; a nil Component records nothing; a nil
// Logger stays silent.
type Deps struct {
	Disk      disk.Disk
	Clock     clock.Clock
	Component *observ.Component
	Metrics   *metrics.Registry // nil records none
	Logger    *zap.Logger
}
