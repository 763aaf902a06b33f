package store

import (
	"errors"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/message"
)

// dispatchRecovered is doReput for recovery: it replaces entries that are wrong, and tells nobody.
func (r *reputMessageService) dispatchRecovered(record *message.Record) error {
	r.stored.Store(record.StoreTimestamp)
	request := r.newRequest(record)
	if visibleToConsumers(record.SysFlag) {
		q, err := r.store.queues.FindOrCreate(record.Topic, record.QueueID)
		if err != nil {
			return err
		}
		vouched := func(u consumequeue.Unit) bool { return r.belongs(u, record) }
		gap, err := q.PutChecked(record.QueueOffset, record.PhysicalOffset, record.Size, request.tagsCode, vouched)
		if errors.Is(err, consumequeue.ErrQueueOffset) {
			return r.leaveOut(record, err)
		} else if err != nil {
			return err
		}
		r.gaps = r.gaps || gap
		r.touched[q] = struct{}{}
	}
	if !r.store.cfg.MessageIndexEnable {
		return nil
	}
	return r.indexMessage(&request)
}

// belongs says whether an entry leads to an intact record of the same queue that agrees with it.
func (r *reputMessageService) belongs(u consumequeue.Unit, like *message.Record) bool {
	buf, err := r.store.commitLog.AppendRecordAt(nil, u.PhyOffset, u.Size)
	if err != nil {
		return false
	}
	there, err := message.ParseRecord(buf)
	return err == nil && there.QueueOffset == u.QueueOffset && there.QueueID == like.QueueID && there.Topic == like.Topic
}

// leaveOut gives up on a record whose place in its queue is damaged. It stays in the commit log, where it can be looked up.
func (r *reputMessageService) leaveOut(record *message.Record, cause error) error {
	r.store.log.Error("a record with a damaged queue offset is not delivered", zap.Int64("phyOffset", record.PhysicalOffset), zap.Error(cause))
	return nil
}
