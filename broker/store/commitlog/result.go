package commitlog

import (
	"net/netip"
	"strings"

	"github.com/plumemq/plume/message"
)

// PutMessageStatus is the outcome of a put. Java: store.PutMessageStatus (5.5.0), in its order.
type PutMessageStatus int32

// The put statuses.
const (
	PutOK PutMessageStatus = iota
	FlushDiskTimeout
	FlushSlaveTimeout
	SlaveNotAvailable
	ServiceNotAvailable
	CreateMappedFileFailed
	MessageIllegal
	PropertiesSizeExceeded
	OSPageCacheBusy
	UnknownError
	InSyncReplicasNotEnough
	PutToRemoteBrokerFail
	LMQConsumeQueueNumExceeded
	WheelTimerFlowControl
	WheelTimerMsgIllegal
	WheelTimerNotEnable
)

var putMessageStatusNames = [...]string{
	"PUT_OK", "FLUSH_DISK_TIMEOUT", "FLUSH_SLAVE_TIMEOUT", "SLAVE_NOT_AVAILABLE", "SERVICE_NOT_AVAILABLE",
	"CREATE_MAPPED_FILE_FAILED", "MESSAGE_ILLEGAL", "PROPERTIES_SIZE_EXCEEDED", "OS_PAGE_CACHE_BUSY", "UNKNOWN_ERROR",
	"IN_SYNC_REPLICAS_NOT_ENOUGH", "PUT_TO_REMOTE_BROKER_FAIL", "LMQ_CONSUME_QUEUE_NUM_EXCEEDED", "WHEEL_TIMER_FLOW_CONTROL",
	"WHEEL_TIMER_MSG_ILLEGAL", "WHEEL_TIMER_NOT_ENABLE",
}

// String is Apache's name of the status.
func (s PutMessageStatus) String() string {
	if s < 0 || int(s) >= len(putMessageStatusNames) {
		return "UNKNOWN_ERROR"
	}
	return putMessageStatusNames[s]
}

// Stored says whether a message with this status is in the commit log: PutOK, or stored but not confirmed on disk or slave.
func (s PutMessageStatus) Stored() bool {
	return s == PutOK || s == FlushDiskTimeout || s == FlushSlaveTimeout || s == SlaveNotAvailable
}

// PutMessageResult is a status and, when the message was stored, where. Java: store.PutMessageResult (5.5.0).
type PutMessageResult struct {
	Status       PutMessageStatus
	AppendResult AppendMessageResult
	// Err says why, when Status is not PutOK and there is more to say. It is for logs and remarks.
	Err error
}

// OK says whether Status is PutOK.
func (r PutMessageResult) OK() bool { return r.Status == PutOK }

// AppendMessageResult is where an append went. Java: store.AppendMessageResult (5.5.0).
type AppendMessageResult struct {
	// WroteOffset is the physical offset of the (first) record, WroteBytes the length of all of them.
	WroteOffset int64
	WroteBytes  int32
	// LogicsOffset is the queue offset of the (first) message.
	LogicsOffset int64
	// StoreTimestamp is in milliseconds since the Unix epoch.
	StoreTimestamp int64
	// MsgNum is the number of messages: 1, or the size of a batch.
	MsgNum int32

	storeHost netip.AddrPort
	offsets   []int64 // of a batch
}

// MsgID is the offset message id; a batch's are joined by commas. It is computed at each call.
func (r AppendMessageResult) MsgID() string {
	if len(r.offsets) == 0 {
		return message.OffsetMsgID(r.storeHost, r.WroteOffset)
	}
	ids := make([]string, len(r.offsets))
	for i, off := range r.offsets {
		ids[i] = message.OffsetMsgID(r.storeHost, off)
	}
	return strings.Join(ids, ",")
}
