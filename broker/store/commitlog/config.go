package commitlog

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
)

// FlushDiskType says when a put is acknowledged. Java: store.config.FlushDiskType (5.5.0).
type FlushDiskType int

// The flush types.
const (
	// SyncFlush acknowledges once the disk has the message.
	SyncFlush FlushDiskType = iota
	// AsyncFlush acknowledges once the operating system has it.
	AsyncFlush
)

// String is Apache's name.
func (t FlushDiskType) String() string {
	if t == SyncFlush {
		return "SYNC_FLUSH"
	}
	return "ASYNC_FLUSH"
}

// HA is asked whether the log up to an offset is replicated as it must be.
type HA interface {
	HandleHA(ctx context.Context, nextOffset int64) error
}

// Config are the settings of a commit log; all must be set.
type Config struct {
	Dir                   string
	FileSize              int64
	FlushDiskType         FlushDiskType
	FlushInterval         time.Duration
	FlushLeastPages       int
	FlushThoroughInterval time.Duration
	SyncFlushTimeout      time.Duration
	MaxMessageSize        int
	AutoMessageVersion    bool
	BusyTimeout           time.Duration
	Disk                  disk.Disk
	Clock                 clock.Clock
	Component             *observ.Component
	Metrics               *metrics.Registry // nil records none
	Logger                *zap.Logger
	// HA decides about replication; nil means that there is none to wait for.
	HA HA
	// OnWritten is called, on the writer's goroutine, after more of the log has become readable. Nil is fine.
	OnWritten func()
	// OnTraced is told, before anybody can read them, of traced puts: the context of the put's step and the offset of its first
	// record. It is called under the log's mutex. Nil is fine.
	OnTraced func(ctx context.Context, offset int64)
	// OnFlushed is called after more has become durable. Nil is fine.
	OnFlushed func()
	// OnFatal is told once why the log was fenced. Nil is fine.
	OnFatal func(error)
}
