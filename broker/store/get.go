package store

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/consumequeue"
	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/message"
)

const (
	// maxFilterBytes is how much of a consume queue one pull looks through. Java: MessageStoreConfig#maxFilterMessageSize.
	maxFilterBytes = 16000
	// maxPullSize bounds the bytes of one pull. Java: DefaultMessageStore#MAX_PULL_MSG_SIZE.
	maxPullSize = 128 << 20
	minPullSize = 100
)

// GetMessage reads up to maxMsgNums messages of a queue from offset on, at most maxTotalMsgSize bytes unless the first alone is
// longer, and at most what the transfer limits allow. A nil filter matches all. A damaged record is left out and logged; an I/O
// error is returned, and then nothing else.
//
// Java: store.DefaultMessageStore#getMessage (5.5.0).
func (s *DefaultMessageStore) GetMessage(
	ctx context.Context, group, topic string, queueID int32, offset int64, maxMsgNums, maxTotalMsgSize int, filter MessageFilter,
) (res *GetMessageResult, err error) {
	_, step := traceGetMessage(ctx, group, topic, queueID, offset)
	defer func() { traceGot(step, res); step.End(&err) }()
	if s.shutdown.Load() {
		return nil, ErrClosed
	}
	res = &GetMessageResult{Status: NoMatchedLogicQueue}
	q := s.queues.Find(topic, queueID)
	if q == nil {
		return res, nil
	}
	res.MinOffset, res.MaxOffset = q.MinOffset(), q.MaxOffset()
	switch {
	case res.MaxOffset == 0:
		res.Status = NoMessageInQueue
	case offset < res.MinOffset:
		res.Status, res.NextBeginOffset = OffsetTooSmall, res.MinOffset
	case offset == res.MaxOffset:
		res.Status, res.NextBeginOffset = OffsetOverflowOne, offset
	case offset > res.MaxOffset:
		res.Status, res.NextBeginOffset = OffsetOverflowBadly, res.MaxOffset
	default:
		p := pull{
			store: s, queue: q, filter: filter, offset: offset, maxNums: maxMsgNums,
			maxBytes: min(max(maxTotalMsgSize, minPullSize), maxPullSize), maxPhy: s.commitLog.MaxOffset(), res: res,
		}
		if err := p.run(); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// pull is one GetMessage under way.
type pull struct {
	store    *DefaultMessageStore
	queue    *consumequeue.ConsumeQueue
	filter   MessageFilter
	offset   int64
	maxNums  int
	maxBytes int
	maxPhy   int64 // everything before res.MaxOffset lies before it
	res      *GetMessageResult

	skipTo  int64 // messages before this physical offset are gone
	lastPhy int64
	ahead   []byte // bytes of the commit log from aheadAt on
	aheadAt int64
}

// run walks the consume queue until the pull is full, and never beyond res.MaxOffset: messages that came since lie behind maxPhy, where
// they would be taken for removed ones.
func (p *pull) run() error {
	res := p.res
	res.Status, res.NextBeginOffset = NoMatchedMessage, p.offset
	lookAt := int64(max(maxFilterBytes/consumequeue.UnitSize, p.maxNums))
	chunk := p.maxNums
	for res.NextBeginOffset < res.MaxOffset && res.NextBeginOffset-p.offset < lookAt {
		left := min(p.offset+lookAt, res.MaxOffset) - res.NextBeginOffset
		units, err := p.queue.Read(nil, res.NextBeginOffset, int(min(left, int64(max(chunk, 1)))))
		if err != nil {
			return p.lostUnits(err)
		}
		if len(units) == 0 {
			break
		}
		for i := range units {
			full, err := p.take(units[i:])
			if err != nil {
				return err
			}
			if full {
				return p.end()
			}
		}
		if res.MessageCount() >= p.maxNums {
			break
		}
		if p.filter != nil {
			chunk = int(lookAt)
		}
	}
	return p.end()
}

// lostUnits is a consume queue that went away while it was being read.
func (p *pull) lostUnits(err error) error {
	if !errors.Is(err, mappedfile.ErrOutOfRange) {
		return err
	}
	if p.res.MessageCount() == 0 {
		p.res.Status, p.res.NextBeginOffset = OffsetFoundNull, p.queue.NextFile(p.res.NextBeginOffset)
	}
	return nil
}

// end says whether the consumer lags by more than memory holds.
func (p *pull) end() error {
	if p.lastPhy > 0 || p.res.MessageCount() > 0 {
		p.res.SuggestPullingFromSlave = p.maxPhy-p.lastPhy > p.store.memoryForMessages()
	}
	return nil
}

// take adds the message of the first unit to the result, if it matches; full says that the pull ends before it.
func (p *pull) take(units []consumequeue.Unit) (full bool, err error) {
	u, res := units[0], p.res
	if !u.Blank() && p.full(u) {
		return true, nil
	}
	res.NextBeginOffset = u.QueueOffset + 1
	if u.Blank() || u.PhyOffset < p.skipTo {
		return false, nil
	}
	p.lastPhy = u.PhyOffset
	if p.filter != nil && !p.filter.IsMatchedByConsumeQueue(u.TagsCode) {
		return false, nil
	}
	record, err := p.read(units)
	switch {
	case errors.Is(err, mappedfile.ErrOutOfRange):
		if res.MessageCount() == 0 {
			res.Status = MessageWasRemoving
		}
		p.skipTo = p.store.commitLog.NextFile(u.PhyOffset)
		return false, nil
	case damaged(err):
		p.store.log.Error("a damaged record was not delivered", zap.String("topic", p.queue.Topic()), zap.Int32("queueId", p.queue.QueueID()),
			zap.Int64("queueOffset", u.QueueOffset), zap.Int64("phyOffset", u.PhyOffset), zap.Error(err))
		return false, nil
	case err != nil:
		return false, err
	case p.filter != nil && !p.filter.IsMatchedByCommitLog(record):
		return false, nil
	}
	res.Buffer = append(res.Buffer, record...)
	res.Sizes = append(res.Sizes, u.Size)
	res.QueueOffsets = append(res.QueueOffsets, u.QueueOffset)
	res.CommercialCount += (int(u.Size) + 4095) / 4096
	res.Status = Found
	return false, nil
}

// full says whether a message is one too many. Java: store.DefaultMessageStore#isTheBatchFull (5.5.0).
func (p *pull) full(u consumequeue.Unit) bool {
	count, bytes := p.res.MessageCount(), p.res.BufferTotalSize()
	if count == 0 || bytes == 0 {
		return false
	}
	cfg := &p.store.cfg
	maxCount, maxBytes := cfg.MaxTransferCountOnMessageInDisk, cfg.MaxTransferBytesOnMessageInDisk
	if p.maxPhy-u.PhyOffset <= p.store.memoryForMessages() {
		maxCount, maxBytes = cfg.MaxTransferCountOnMessageInMemory, cfg.MaxTransferBytesOnMessageInMemory
	}
	after := bytes + int(u.Size)
	return count+1 > p.maxNums || after > p.maxBytes || bytes >= p.maxBytes || after > maxBytes || count > maxCount-1
}

// read is the record of the first unit. Records that follow it in the commit log, one behind the other, come with the same read.
func (p *pull) read(units []consumequeue.Unit) ([]byte, error) {
	u := units[0]
	if from := u.PhyOffset - p.aheadAt; from < 0 || from+int64(u.Size) > int64(len(p.ahead)) {
		if err := p.readAhead(units); err != nil {
			return nil, err
		}
	}
	from := u.PhyOffset - p.aheadAt
	record := p.ahead[from : from+int64(u.Size)]
	r, err := commitlog.CheckRecord(record, u.PhyOffset)
	if err == nil && (r.Size != u.Size || r.QueueOffset != u.QueueOffset) {
		err = fmt.Errorf("%w: the consume queue means another", commitlog.ErrMisplaced)
	}
	return record, err
}

// readAhead reads the run of adjacent records that units begins with, as far as the pull can take them.
func (p *pull) readAhead(units []consumequeue.Unit) error {
	n := int64(units[0].Size)
	for i := 1; i < len(units) && i < p.maxNums; i++ {
		next := units[i]
		adjacent := next.PhyOffset == units[0].PhyOffset+n
		if !adjacent || p.res.BufferTotalSize()+int(n)+int(next.Size) > p.maxBytes || p.store.commitLog.NextFile(units[0].PhyOffset) <= next.PhyOffset {
			break
		}
		n += int64(next.Size)
	}
	if n > p.store.cfg.MappedFileSizeCommitLog {
		return fmt.Errorf("record of %d bytes: %w", n, message.ErrRecordSize)
	}
	if units[0].PhyOffset+n > p.maxPhy {
		return fmt.Errorf("%d bytes at %d: %w", n, units[0].PhyOffset, mappedfile.ErrOutOfRange)
	}
	p.ahead, p.aheadAt = make([]byte, n), units[0].PhyOffset
	if err := p.store.commitLog.ReadAt(p.ahead, p.aheadAt); err != nil {
		p.ahead = nil
		return err
	}
	return nil
}

// damaged says whether an error is about what a record holds, rather than about reading it.
func damaged(err error) bool {
	for _, target := range []error{
		message.ErrRecordShort, message.ErrRecordMagic, message.ErrRecordSize, message.ErrRecordCRC, message.ErrRecordBlank, commitlog.ErrMisplaced,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// memoryForMessages is how much of the commit log's end counts as being in memory, in bytes.
func (s *DefaultMessageStore) memoryForMessages() int64 {
	return s.cfg.TotalPhysicalMemory / 100 * int64(s.cfg.AccessMessageInMemoryMaxRatio)
}
