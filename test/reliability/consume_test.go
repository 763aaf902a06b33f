package reliability

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

const group = "reliability-consumer"

// consumed counts how often each message reached a handler. It is safe for concurrent use.
type consumed struct {
	mu    sync.Mutex
	times map[string]int
	bad   []string // lines that make no sense
}

// take notes a line of a consumer.
func (c *consumed) take(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var id string
	var queue, offset int64
	if n, err := fmt.Sscan(line, &id, &queue, &offset); n != 3 || err != nil {
		c.bad = append(c.bad, line)
		return
	}
	c.times[id]++
}

// missing is how many of the acknowledged messages no handler had yet, and the first of them.
func (c *consumed) missing(acks []ack) (n int, first ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range acks {
		if c.times[a.msgID] == 0 {
			if n == 0 {
				first = a
			}
			n++
		}
	}
	return n, first
}

// again is how many deliveries were repetitions.
func (c *consumed) again() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.times {
		n += times - 1
	}
	return n
}

// Brokers and consumers are killed in turn. Every acknowledged message reaches a handler, some more than once, and the group's
// offsets never point beyond the end of a queue.
func TestKillWhileConsuming(t *testing.T) {
	t.Parallel()
	rounds := kills(t, 4)
	v := newVictim(t, childSpec{})
	got := &consumed{times: map[string]int{}}
	member := childSpec{NameServer: v.spec.NameServer, Group: group, Topic: topic}
	members := []*process{spawn(t, member, got.take), spawn(t, member, got.take)}
	for _, m := range members {
		m.awaitReady(t)
	}
	l := startLoad(t, v.spec.NameServer, topic)
	for i := range rounds {
		if i%2 == 0 {
			v.round(t, l)
			offsetsWithin(t, v)
			continue
		}
		awaitAcks(t, l, l.ledger.count()+fewestAcks)
		victim := i / 2 % 2
		members[victim].kill()
		members[victim] = spawn(t, member, got.take)
		members[victim].awaitReady(t)
	}
	l.stop()
	acks := l.ledger.all()
	awaitConsumed(t, got, acks)
	awaitCommitted(t, v)
	for _, m := range members {
		m.stop(t)
	}
	offsetsWithin(t, v)
	if len(got.bad) > 0 {
		t.Errorf("a consumer said %q", got.bad[0])
	}
	t.Logf("%d kills: %d messages acknowledged, all consumed, %d deliveries were repetitions", rounds, len(acks), got.again())
}

// awaitConsumed waits until every acknowledged message has been consumed.
func awaitConsumed(t *testing.T, got *consumed, acks []ack) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		n, first := got.missing(acks)
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d acknowledged messages were not consumed, the first is %s at %d of queue %d", n, len(acks), first.msgID, first.offset, first.queue)
		}
	}
}

// awaitCommitted waits until the group's offsets are the ends of the queues. Offsets that nobody stores would lead to repetitions only,
// which no other check counts.
func awaitCommitted(t *testing.T, v *victim) {
	t.Helper()
	r := newReader(t, v.addr)
	for queue := range int32(queues) {
		var h header.QueryConsumerOffsetResponseHeader
		query := &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: group, Topic: topic, QueueID: queue}
		for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			r.must(t, protocol.QueryConsumerOffset, query, &h, nil)
			if end := r.maxOffset(t, topic, queue); h.Offset == end {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("queue %d ends at %d, the group has committed %d", queue, end, h.Offset)
			}
		}
	}
}

// offsetsWithin checks that the group's committed offsets lie within the queues.
func offsetsWithin(t *testing.T, v *victim) {
	t.Helper()
	r := newReader(t, v.addr)
	for queue := range int32(queues) {
		resp, err := r.call(protocol.QueryConsumerOffset, &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: group, Topic: topic, QueueID: queue}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if protocol.ResponseCode(resp.Code) == protocol.QueryNotFound {
			continue // nothing committed yet
		}
		var h header.QueryConsumerOffsetResponseHeader
		if err := resp.DecodeHeader(&h); err != nil {
			t.Fatal(err)
		}
		if end := r.maxOffset(t, topic, queue); h.Offset < 0 || h.Offset > end {
			t.Errorf("queue %d: committed offset %d, the queue ends at %d", queue, h.Offset, end)
		}
	}
}
