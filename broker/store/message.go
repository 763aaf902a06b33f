package store

import (
	"context"

	"github.com/plumemq/plume/broker/store/commitlog"
)

// What a put takes and gives; see package commitlog for each.
type (
	// MessageExtBrokerInner is a message to be stored.
	MessageExtBrokerInner = commitlog.MessageExtBrokerInner
	// MessageExtBatch is a batch of messages to be stored together.
	MessageExtBatch = commitlog.MessageExtBatch
	// PutFuture is a put that may not have been settled yet.
	PutFuture = commitlog.PutFuture
	// PutMessageResult is how a put ended.
	PutMessageResult = commitlog.PutMessageResult
	// PutMessageStatus is its status.
	PutMessageStatus = commitlog.PutMessageStatus
	// AppendMessageResult is where the record went.
	AppendMessageResult = commitlog.AppendMessageResult
)

// The put statuses, in Apache's order.
const (
	PutOK                      = commitlog.PutOK
	FlushDiskTimeout           = commitlog.FlushDiskTimeout
	FlushSlaveTimeout          = commitlog.FlushSlaveTimeout
	SlaveNotAvailable          = commitlog.SlaveNotAvailable
	ServiceNotAvailable        = commitlog.ServiceNotAvailable
	CreateMappedFileFailed     = commitlog.CreateMappedFileFailed
	MessageIllegal             = commitlog.MessageIllegal
	PropertiesSizeExceeded     = commitlog.PropertiesSizeExceeded
	OSPageCacheBusy            = commitlog.OSPageCacheBusy
	UnknownError               = commitlog.UnknownError
	InSyncReplicasNotEnough    = commitlog.InSyncReplicasNotEnough
	PutToRemoteBrokerFail      = commitlog.PutToRemoteBrokerFail
	LMQConsumeQueueNumExceeded = commitlog.LMQConsumeQueueNumExceeded
	WheelTimerFlowControl      = commitlog.WheelTimerFlowControl
	WheelTimerMsgIllegal       = commitlog.WheelTimerMsgIllegal
	WheelTimerNotEnable        = commitlog.WheelTimerNotEnable
)

// Completed is a future that already has its result, for hooks and for callers that decide without the store.
func Completed(r PutMessageResult) PutFuture { return commitlog.Completed(r) }

// PutMessageHook looks at a message before it is stored and may change it: the delay level's redirection to
// SCHEDULE_TOPIC_XXXX is one. A result other than nil ends the put with it.
//
// Java: store.hook.PutMessageHook (5.5.0).
type PutMessageHook func(ctx context.Context, msg *MessageExtBrokerInner) *PutMessageResult

// MessageArrival tells of one message that has become readable.
type MessageArrival struct {
	Topic   string
	QueueID int32
	// LogicOffset is the queue offset behind the message: what a waiting pull for the next offset asks for.
	LogicOffset int64
	TagsCode    int64
	// StoreTimestamp is in milliseconds since the Unix epoch.
	StoreTimestamp int64
	// PropertiesString is the properties' wire form; it is only valid during the call.
	PropertiesString string
}

// MessageArrivingListener is told of each message once its consume queue entry can be read. It runs on the reput goroutine
// and must not block. Java: store.MessageArrivingListener (5.5.0).
type MessageArrivingListener interface {
	Arriving(ctx context.Context, a *MessageArrival)
}

// MessageFilter selects messages for one pull. Java: store.MessageFilter (5.5.0).
type MessageFilter interface {
	// IsMatchedByConsumeQueue judges by the tags code alone.
	IsMatchedByConsumeQueue(tagsCode int64) bool
	// IsMatchedByCommitLog judges by the record; it is only asked after the consume queue matched. The bytes must not be kept.
	IsMatchedByCommitLog(record []byte) bool
}
