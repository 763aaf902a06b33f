package commitlog

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// put is one call under way: a message or a batch. The fields belong to whoever has it: the caller, the writer, the flusher.
type put struct {
	putState
	queue       *queueOffset
	queueOffset int64 // of the first record
	records     int64 // how many queue offsets it took
	end         int64 // physical offset behind it
	wait        bool  // for the flush
	followed    bool  // another put follows, and then WriteGathered
	deadline    time.Time

	// Only of traced puts: the context of the put's step, for the steps within it, and the steps to end.
	ctx      context.Context
	step     observ.Step
	flushing observ.Step
	onDone   func(PutMessageResult)
}

// AsyncPutMessage appends a message. The future completes when the message is as safe as the flush type promises; onDone, if
// not nil, is called before that with the result. The message is not used after the call returns.
//
// Java: store.CommitLog#asyncPutMessage (5.5.0).
func (c *CommitLog) AsyncPutMessage(ctx context.Context, msg *MessageExtBrokerInner, onDone func(PutMessageResult)) PutFuture {
	record := recordOf(msg)
	if err := c.check(&record); err != nil {
		return c.refuse(rejected(err), onDone)
	}
	record.BodyCRC = message.BodyCRC(record.Body)
	p := c.newPut(msg, 1, onDone)
	return c.asyncPutMessage(ctx, p, &record, nil)
}

// AsyncPutMessages appends the messages of a batch as consecutive records of one queue. See AsyncPutMessage.
//
// Java: store.CommitLog#asyncPutMessages (5.5.0).
func (c *CommitLog) AsyncPutMessages(ctx context.Context, msg *MessageExtBatch, onDone func(PutMessageResult)) PutFuture {
	record := recordOf(&msg.MessageExtBrokerInner)
	if err := c.check(&record); err != nil {
		return c.refuse(rejected(err), onDone)
	}
	items, err := splitBatch(msg.Body)
	if err != nil {
		return c.refuse(rejected(err), onDone)
	}
	record.PreparedTransactionOffset = 0
	p := c.newPut(&msg.MessageExtBrokerInner, len(items), onDone)
	p.result.AppendResult.offsets = make([]int64, len(items))
	return c.asyncPutMessage(ctx, p, &record, items)
}

// newPut is a put of so many records.
func (c *CommitLog) newPut(msg *MessageExtBrokerInner, records int, onDone func(PutMessageResult)) *put {
	p := newPut()
	p.wait = c.cfg.FlushDiskType == SyncFlush && msg.Property(propertyWait) != "false"
	p.followed, p.records, p.onDone = msg.Followed, int64(records), onDone
	return p
}

// propertyWait is "false" when the producer does not want to wait for flush and slaves.
const propertyWait = message.PropertyWaitStoreMsgOK

// asyncPutMessage gives the records their place and sees to it that they get written.
func (c *CommitLog) asyncPutMessage(ctx context.Context, p *put, record *message.Record, items []batchItem) PutFuture {
	p.ctx, p.step = traceAsyncPutMessage(ctx)
	c.putters.Add(1)
	entered := traceLockWait(p.step, c.cfg.Clock)
	began := c.metrics.now()
	c.mu.Lock()
	traceLocked(p.step, c.cfg.Clock, entered)
	c.putters.Add(-1)
	for len(c.pending.buf) > pendingLimit && c.rejectLocked() == nil {
		c.drained.Wait()
	}
	now := c.cfg.Clock.Now()
	err := c.rejectLocked()
	if err == nil {
		err = c.appendLocked(p, record, items, now)
	}
	lead := err == nil && !c.writing && (!p.followed || len(c.pending.buf) > gatherLimit)
	if lead {
		c.writing = true
	}
	c.mu.Unlock()
	c.metrics.locked(began, now, p.step)
	if err != nil {
		p.finish(rejected(err))
		return PutFuture{&p.putState}
	}
	if lead {
		c.writeOut()
	}
	return PutFuture{&p.putState}
}

// appendLocked encodes the put into the pending batch.
func (c *CommitLog) appendLocked(p *put, record *message.Record, items []batchItem, now time.Time) error {
	if c.cfg.BusyTimeout > 0 && c.BusyFor(now) > c.cfg.BusyTimeout {
		return fmt.Errorf("%w: one write for more than %v", ErrBusy, c.cfg.BusyTimeout)
	}
	size := encodedSize(record, items)
	if size+blankSize > c.cfg.FileSize {
		return fmt.Errorf("%w: %d bytes do not fit into a file of %d", ErrTooLarge, size, c.cfg.FileSize)
	}
	room := c.cfg.FileSize - c.tail%c.cfg.FileSize
	if size+blankSize > room {
		c.pending.appendBlank(c.tail, room)
		c.tail += room
	}
	p.queue = c.queueLocked(QueueKey{record.Topic, record.QueueID})
	if counted(record.SysFlag) {
		p.queueOffset = p.queue.next
		p.queue.next += p.records
	} else {
		p.queueOffset, p.queue = 0, nil
	}
	at := c.tail
	c.tail += size
	p.end = c.tail
	record.StoreTimestamp = now.UnixMilli()
	c.pending.append(p, record, items, at, c.cfg.FileSize)
	if p.step.On() && c.cfg.OnTraced != nil {
		c.cfg.OnTraced(p.ctx, at)
	}
	p.result.AppendResult = AppendMessageResult{
		WroteOffset: at, WroteBytes: int32(size), LogicsOffset: p.queueOffset, StoreTimestamp: record.StoreTimestamp,
		MsgNum: int32(p.records), storeHost: record.StoreHost, offsets: p.result.AppendResult.offsets,
	}
	return nil
}

// refuse is a put that ends before it began.
func (c *CommitLog) refuse(r PutMessageResult, onDone func(PutMessageResult)) PutFuture {
	if onDone != nil {
		onDone(r)
	}
	return Completed(r)
}

// finish completes the put.
func (p *put) finish(r PutMessageResult) {
	p.flushing.End(&r.Err)
	p.step.End(&r.Err)
	if p.onDone != nil {
		p.onDone(r)
	}
	p.complete(r)
}

// recordOf is the record of a message, without its place and time.
func recordOf(msg *MessageExtBrokerInner) message.Record {
	properties := msg.PropertiesString
	if properties == "" && len(msg.Properties) > 0 {
		properties = msg.Properties.String()
	}
	storeHost := msg.StoreHost
	if !storeHost.IsValid() {
		storeHost = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	return message.Record{
		QueueID: msg.QueueID, Flag: msg.Flag, SysFlag: msg.SysFlag,
		BornTimestamp: msg.BornTimestamp, BornHost: msg.BornHost, StoreHost: storeHost,
		ReconsumeTimes: msg.ReconsumeTimes, PreparedTransactionOffset: msg.PreparedTransactionOffset,
		Body: msg.Body, Topic: msg.Topic, Properties: properties,
	}
}

// check refuses what the format or the configuration cannot hold.
//
// Java: broker.util.HookUtils#checkBeforePutMessage, store.MessageExtEncoder#encode (5.5.0).
func (c *CommitLog) check(r *message.Record) error {
	long := len(r.Topic) > math.MaxInt8 && !(c.cfg.AutoMessageVersion && message.IsRetryTopic(r.Topic))
	switch {
	case r.Topic == "" || strings.ContainsAny(r.Topic, "/\\\x00"):
		return fmt.Errorf("%w: topic %q", ErrMalformedMessage, r.Topic)
	case long || len(r.Topic) > math.MaxUint8:
		return fmt.Errorf("topic of %d bytes: %w", len(r.Topic), ErrTooLarge)
	case len(r.Body) > c.cfg.MaxMessageSize:
		return fmt.Errorf("body of %d bytes, limit %d: %w", len(r.Body), c.cfg.MaxMessageSize, ErrTooLarge)
	case len(r.Properties) > message.MaxPropertiesSize:
		return fmt.Errorf("%d bytes: %w", len(r.Properties), errProperties)
	}
	return nil
}

// batchItem is one message of a batch body.
type batchItem struct {
	flag       int32
	body       []byte
	properties string
}

// splitBatch reads a batch body:
//
//	TOTALSIZE 4 | MAGICCODE 4 | BODYCRC 4 | FLAG 4 | body length 4, bytes | properties length 2, bytes
//
// Java: store.MessageExtEncoder#encode(MessageExtBatch, ...) (5.5.0).
func splitBatch(body []byte) ([]batchItem, error) {
	const header = 20
	var items []batchItem
	for at := 0; at < len(body); {
		rest := body[at:]
		if len(rest) < header+2 {
			return nil, fmt.Errorf("%w: %d bytes left at %d", ErrMalformedBatch, len(rest), at)
		}
		bodyLen := int64(int32(binary.BigEndian.Uint32(rest[16:])))
		if bodyLen < 0 || header+bodyLen+2 > int64(len(rest)) {
			return nil, fmt.Errorf("%w: body of %d bytes at %d", ErrMalformedBatch, bodyLen, at)
		}
		propertiesAt := header + bodyLen + 2
		propertiesLen := int64(int16(binary.BigEndian.Uint16(rest[propertiesAt-2:])))
		if propertiesLen < 0 || propertiesAt+propertiesLen > int64(len(rest)) {
			return nil, fmt.Errorf("%w: properties of %d bytes at %d", ErrMalformedBatch, propertiesLen, at)
		}
		items = append(items, batchItem{
			flag:       int32(binary.BigEndian.Uint32(rest[12:])),
			body:       rest[header : header+bodyLen],
			properties: string(rest[propertiesAt : propertiesAt+propertiesLen]),
		})
		at += int(propertiesAt + propertiesLen)
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrMalformedBatch)
	}
	return items, nil
}
