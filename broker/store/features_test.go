package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
)

func (m *machine) putMessage(topic, body, properties string, flag message.SysFlag) AppendMessageResult {
	m.t.Helper()
	inner := MessageExtBrokerInner{PropertiesString: properties}
	inner.Topic, inner.Body, inner.SysFlag = topic, []byte(body), flag
	r := m.store.AsyncPutMessage(context.Background(), &inner).Result()
	if !r.OK() {
		m.fatalf("put: %v, %v", r.Status, r.Err)
	}
	return r.AppendResult
}

// arrivals remembers what the listener was told.
type arrivals []string

func (a *arrivals) Arriving(_ context.Context, m *MessageArrival) {
	*a = append(*a, fmt.Sprintf("%s/%d %d %s", m.Topic, m.QueueID, m.LogicOffset, strings.TrimSuffix(m.PropertiesString, "\x02")))
}

func TestListenerHearsOfEachVisibleMessage(t *testing.T) {
	m := asyncMachine(t)
	var heard arrivals
	m.store.SetMessageArrivingListener(&heard)
	m.putMessage("A", "1", "a\x011\x02", 0)
	m.putMessage("A", "half", "", message.FlagTransactionPrepared)
	m.putMessage("B", "2", "", message.FlagTransactionCommit)
	m.putMessage("B", "rolled back", "", message.FlagTransactionRollback)
	m.putMessage("A", "3", "", 0)
	m.must(m.store.reput.drain())
	want := arrivals{"A/0 1 a\x011", "B/0 1 ", "A/0 2 "}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Error(diff)
	}
	if got := m.readQueue(QueueKey{Topic: "A"}); !cmp.Equal(got, []string{"1", "3"}) {
		t.Errorf("A holds %q", got)
	}
}

// byTag is the filter of a subscription to one tag.
type byTag int64

func (f byTag) IsMatchedByConsumeQueue(tagsCode int64) bool { return tagsCode == int64(f) }

func (byTag) IsMatchedByCommitLog([]byte) bool { return true }

func TestPullByTag(t *testing.T) {
	m := asyncMachine(t)
	for i := range 100 {
		m.putMessage("A", fmt.Sprint(i), fmt.Sprintf("TAGS\x01tag%d\x02", i%10), 0)
	}
	m.must(m.store.reput.drain())
	var got []int64
	for offset := int64(0); offset < 100; {
		res, err := m.store.GetMessage(context.Background(), "g", "A", 0, offset, 4, 1<<20, byTag(message.TagsCode("tag7")))
		m.must(err)
		got = append(got, res.QueueOffsets...)
		offset = res.NextBeginOffset
	}
	if diff := cmp.Diff([]int64{7, 17, 27, 37, 47, 57, 67, 77, 87, 97}, got); diff != "" {
		t.Error(diff)
	}
	res, err := m.store.GetMessage(context.Background(), "g", "A", 0, 0, 4, 1<<20, byTag(1))
	m.must(err)
	if res.Status != NoMatchedMessage || res.NextBeginOffset == 0 {
		t.Errorf("nothing matches: %v, next %d", res.Status, res.NextBeginOffset)
	}
}

// meanwhile is a filter that does something before it has looked at the first message, and matches all messages of a tag.
type meanwhile struct {
	byTag
	do func()
}

func (m *meanwhile) IsMatchedByConsumeQueue(tagsCode int64) bool {
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.byTag.IsMatchedByConsumeQueue(tagsCode)
}

// A pull leaves messages that come while it looks to the next one: it passes over none of them.
func TestMessagesThatComeDuringAPull(t *testing.T) {
	m := asyncMachine(t)
	put := func(n int, tag string) {
		for range n {
			m.putMessage("A", "", "TAGS\x01"+tag+"\x02", 0)
		}
		m.must(m.store.reput.drain())
	}
	put(6, "early") // with room behind them in the consume queue's file
	f := &meanwhile{byTag: byTag(message.TagsCode("late")), do: func() { put(4, "late") }}
	var got []int64
	for offset := int64(0); offset < 10; {
		res, err := m.store.GetMessage(context.Background(), "g", "A", 0, offset, 4, 1<<20, f)
		m.must(err)
		got = append(got, res.QueueOffsets...)
		offset = res.NextBeginOffset
	}
	if diff := cmp.Diff([]int64{6, 7, 8, 9}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPullStatuses(t *testing.T) {
	m := asyncMachine(t)
	for range 40 {
		m.putMessage("A", strings.Repeat("x", 100), "", 0)
	}
	m.must(m.store.reput.drain())
	for _, c := range []struct {
		topic       string
		offset      int64
		nums, bytes int
		want        GetMessageStatus
		next        int64
		count       int
	}{
		{"A", 0, 10, 1 << 20, Found, 10, 10},
		{"A", 0, 100, 1 << 20, Found, 32, 32}, // the transfer limit
		{"A", 0, 10, 1, Found, 1, 1},          // the first always fits
		{"A", 39, 10, 1 << 20, Found, 40, 1},
		{"A", 40, 10, 1 << 20, OffsetOverflowOne, 40, 0},
		{"A", 41, 10, 1 << 20, OffsetOverflowBadly, 40, 0},
		{"A", -1, 10, 1 << 20, OffsetTooSmall, 0, 0},
		{"B", 5, 10, 1 << 20, NoMatchedLogicQueue, 0, 0},
	} {
		res, err := m.store.GetMessage(context.Background(), "g", c.topic, 0, c.offset, c.nums, c.bytes, nil)
		if err != nil || res.Status != c.want || res.NextBeginOffset != c.next || res.MessageCount() != c.count {
			t.Errorf("%s from %d: %v, next %d, %d messages, %v; want %v, %d, %d", c.topic, c.offset, res.Status, res.NextBeginOffset, res.MessageCount(), err, c.want, c.next, c.count)
		}
	}
}

func TestDelayedMessageCarriesItsDeliverTime(t *testing.T) {
	m := newMachine(t, 1)
	m.cfg.FlushDiskType = AsyncFlush
	m.cfg.DeliverTimestamp = func(level int, stored int64) int64 { return stored + int64(level)*1000 }
	m.open()
	r := m.putMessage(message.TopicSchedule, "later", "DELAY\x013\x02TAGS\x01x\x02", 0)
	m.must(m.store.reput.drain())
	e, ok := m.store.ConsumeQueueEntry(message.TopicSchedule, 0, 0)
	if !ok || e.TagsCode != r.StoreTimestamp+3000 {
		t.Errorf("tags code %d, stored at %d", e.TagsCode, r.StoreTimestamp)
	}
}

func TestOffsetByTime(t *testing.T) {
	m := asyncMachine(t)
	var times []int64
	for range 5 {
		times = append(times, m.putMessage("A", "x", "", 0).StoreTimestamp)
		time.Sleep(2 * time.Millisecond) // stored at different times by the machine's clock
	}
	m.must(m.store.reput.drain())
	for _, c := range []struct {
		at           int64
		lower, upper int64
	}{{times[0] - 10, 0, 0}, {times[0], 0, 0}, {times[2], 2, 2}, {times[2] + 1, 3, 2}, {times[4], 4, 4}, {times[4] + 1, 5, 4}} {
		lower, err := m.store.OffsetInQueueByTime("A", 0, c.at, Lower)
		m.must(err)
		upper, err := m.store.OffsetInQueueByTime("A", 0, c.at, Upper)
		m.must(err)
		if lower != c.lower || upper != c.upper {
			t.Errorf("%+d ms: lower %d, upper %d; want %d, %d", c.at-times[0], lower, upper, c.lower, c.upper)
		}
	}
	if got := m.store.MessageStoreTimestamp("A", 0, 3); got != times[3] {
		t.Errorf("store time of 3: %d, want %d", got, times[3])
	}
	if got := m.store.EarliestMessageTime("A", 0); got != times[0] {
		t.Errorf("earliest: %d, want %d", got, times[0])
	}
}

func TestBatchTakesConsecutiveOffsets(t *testing.T) {
	m := asyncMachine(t)
	m.putMessage("A", "before", "", 0)
	body, err := message.EncodeBatch([]*message.Message{{Topic: "A", Body: []byte("1")}, {Topic: "A", Body: []byte("2")}, {Topic: "A", Body: []byte("3")}})
	m.must(err)
	batch := &MessageExtBatch{}
	batch.Topic, batch.Body = "A", body
	r := m.store.AsyncPutMessages(context.Background(), batch).Result()
	if !r.OK() || r.AppendResult.LogicsOffset != 1 || r.AppendResult.MsgNum != 3 {
		t.Fatalf("%+v", r)
	}
	m.must(m.store.reput.drain())
	ids := strings.Split(r.AppendResult.MsgID(), ",")
	for i, id := range ids {
		_, offset, err := message.ParseOffsetMsgID(id)
		m.must(err)
		msg, err := m.store.LookMessageByOffset(offset)
		if err != nil || msg.QueueOffset != int64(i+1) || string(msg.Body) != fmt.Sprint(i+1) {
			t.Errorf("id %d: %v, %v", i, msg, err)
		}
	}
	if len(ids) != 3 {
		t.Errorf("ids %q", ids)
	}
}

// Files whose time has come go; queues and index follow; pulls from before are told where to go on.
func TestExpiredFilesAreDeleted(t *testing.T) {
	m := asyncMachine(t)
	for range 60 {
		m.putMessage("A", strings.Repeat("x", 500), "KEYS\x01k\x02", 0)
	}
	m.must(m.store.reput.drain())
	files := len(m.store.commitLog.Files())
	now := time.Unix(1700000000, 0).Add(71 * time.Hour) // the simulated disk's files are from 1700000000
	m.must(m.store.deleteExpired(context.Background(), now, 76))
	if got := len(m.store.commitLog.Files()); got != files {
		t.Fatalf("%d files deleted before their time", files-got)
	}
	m.must(m.store.deleteExpired(context.Background(), now.Add(2*time.Hour), 50))
	if got := len(m.store.commitLog.Files()); got != files && now.Add(2*time.Hour).Local().Hour() != 4 {
		t.Fatalf("%d files deleted at the wrong hour", files-got)
	}
	for range files {
		m.must(m.store.deleteExpired(context.Background(), now.Add(2*time.Hour), 76))
	}
	if got := len(m.store.commitLog.Files()); got != 1 {
		t.Fatalf("%d files left, want the last one", got)
	}
	first := m.store.MinOffsetInQueue("A", 0)
	e, ok := m.store.ConsumeQueueEntry("A", 0, first)
	if first == 0 || !ok || e.PhyOffset < m.store.MinPhyOffset() {
		t.Fatalf("the queue begins at %d, in the log at %d, whose first byte is %d", first, e.PhyOffset, m.store.MinPhyOffset())
	}
	res, err := m.store.GetMessage(context.Background(), "g", "A", 0, 0, 1, 1000, nil)
	if err != nil || res.Status != OffsetTooSmall || res.NextBeginOffset != first {
		t.Errorf("pull from 0: %v, next %d, %v", res.Status, res.NextBeginOffset, err)
	}
	m.must(m.store.Close())
	m.open()
	if got := m.store.MinOffsetInQueue("A", 0); got != first || m.store.MaxOffsetInQueue("A", 0) != 60 {
		t.Errorf("after a restart the queue is %d to %d", got, m.store.MaxOffsetInQueue("A", 0))
	}
}

func TestRefusedMessages(t *testing.T) {
	m := asyncMachine(t)
	for _, c := range []struct {
		name, topic, body, properties string
		want                          PutMessageStatus
	}{
		{"no topic", "", "x", "", MessageIllegal},
		{"a topic that is a path", "../x", "x", "", MessageIllegal},
		{"a topic of 128", strings.Repeat("t", 128), "x", "", MessageIllegal},
		{"a retry topic of 128", "%RETRY%" + strings.Repeat("t", 121), "x", "", PutOK},
		{"a topic of 256", "%RETRY%" + strings.Repeat("t", 249), "x", "", MessageIllegal},
		{"a body beyond the limit", "A", strings.Repeat("x", m.cfg.MaxMessageSize+1), "", MessageIllegal},
		{"a body beyond the file", "A", strings.Repeat("x", 4096), "", MessageIllegal},
		{"properties beyond 32767", "A", "x", strings.Repeat("x", 32768), PropertiesSizeExceeded},
	} {
		inner := MessageExtBrokerInner{PropertiesString: c.properties}
		inner.Topic, inner.Body = c.topic, []byte(c.body)
		if r := m.store.AsyncPutMessage(context.Background(), &inner).Result(); r.Status != c.want {
			t.Errorf("%s: %v, %v", c.name, r.Status, r.Err)
		}
	}
	batch := &MessageExtBatch{}
	batch.Topic, batch.Body = "A", []byte("no batch")
	if r := m.store.AsyncPutMessages(context.Background(), batch).Result(); r.Status != MessageIllegal {
		t.Errorf("a malformed batch: %v", r.Status)
	}
	m.must(m.store.reput.drain())
	if got := m.readQueue(QueueKey{Topic: "%RETRY%" + strings.Repeat("t", 121)}); len(got) != 1 {
		t.Errorf("the long topic, stored in record version 2, holds %d messages", len(got))
	}
}

func TestDeletedTopicStartsAnew(t *testing.T) {
	m := asyncMachine(t)
	m.putMessage("A", "1", "", 0)
	m.putMessage("B", "2", "", 0)
	m.must(m.store.reput.drain())
	m.must(m.store.DeleteTopics([]string{"A"}))
	if got := m.store.Queues(); len(got) != 1 || got[0].Topic != "B" {
		t.Errorf("queues %v", got)
	}
	if r := m.putMessage("A", "3", "", 0); r.LogicsOffset != 0 {
		t.Errorf("queue offset %d", r.LogicsOffset)
	}
}
