package store

import (
	"strconv"

	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// dispatchRequest is what the dispatchers want to know of a record. Its strings lie in the record, in a buffer that is used again.
//
// Java: store.DispatchRequest (5.5.0).
type dispatchRequest struct {
	topic          string
	queueID        int32
	size           int32 // of the record, in bytes
	offset         int64 // physical
	queueOffset    int64
	storeTimestamp int64 // ms
	tagsCode       int64
	uniqueKey      string
	keys           string // separated by spaces
	properties     string // in their wire form
	sysFlag        message.SysFlag

	traceParent string // for trace.go, as is traced: the span that its properties name
	traced      bool   // the request that stored it is recorded

	queue *consumequeue.ConsumeQueue // where its entry is; nil before, and where there is none
}

func (r *reputMessageService) newRequest(record *message.Record) dispatchRequest {
	request := dispatchRequest{
		topic: record.Topic, queueID: record.QueueID, size: record.Size, offset: record.PhysicalOffset, queueOffset: record.QueueOffset,
		storeTimestamp: record.StoreTimestamp, properties: record.Properties, sysFlag: record.SysFlag,
	}
	var tags, delayLevel string
	for name, value := range message.RecordProperties(record.Properties) {
		switch name {
		case message.PropertyUniqClientMessageIDKeyIdx:
			request.uniqueKey = value
		case message.PropertyKeys:
			request.keys = value
		case message.PropertyTags:
			tags = value
		case message.PropertyDelayTimeLevel:
			delayLevel = value
		case observ.TraceParent:
			request.traceParent = value
		}
	}
	request.tagsCode = r.tagsCode(record, tags, delayLevel)
	return request
}

// tagsCode is the hash of the message's tags; for a delayed message it is when to deliver it.
//
// Java: store.CommitLog#checkMessageAndReturnSize (5.5.0).
func (r *reputMessageService) tagsCode(record *message.Record, tags, delayLevel string) int64 {
	if deliver := r.store.cfg.DeliverTimestamp; deliver != nil && record.Topic == message.TopicSchedule {
		level, err := strconv.Atoi(delayLevel)
		if err == nil && level > 0 {
			return deliver(level, record.StoreTimestamp)
		}
	}
	if tags != "" {
		return message.TagsCode(tags)
	}
	return 0
}

// visibleToConsumers says whether a message has a place in its consume queue.
func visibleToConsumers(flags message.SysFlag) bool {
	tx := flags & message.FlagTransactionRollback
	return tx == 0 || tx == message.FlagTransactionCommit
}
