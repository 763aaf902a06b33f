package message_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

// settable is a clock that only says what time it is.
type settable struct {
	clock.Clock
	now time.Time
}

func (s *settable) Now() time.Time { return s.now }

func TestUniqIDLayout(t *testing.T) {
	c := &settable{now: time.Date(2026, 2, 3, 4, 5, 6, 7e6, time.UTC)}
	for host, length := range map[string]int{"10.0.0.9": 32, "2001:db8::1": 56} {
		g := message.NewIDGenerator(c, netip.MustParseAddr(host))
		first, second := g.Next(), g.Next()
		if len(first) != length || first[:length-4] != second[:length-4] || first[length-4:] != "0000" || second[length-4:] != "0001" {
			t.Errorf("%s: %s, %s", host, first, second)
		}
		// 2 days, 4 h 5 min 6.007 s are 0x0B2D1D57 ms.
		if ms := first[length-12 : length-4]; ms != "0B2D1D57" {
			t.Errorf("%s: %s ms", host, ms)
		}
	}
	if id := message.NewIDGenerator(c, netip.MustParseAddr("10.0.0.9")).Next(); !strings.HasPrefix(id, "0A000009") {
		t.Error(id)
	}
}

func TestUniqIDOverMonths(t *testing.T) {
	c := &settable{now: time.Date(2026, 2, 28, 23, 59, 59, 999e6, time.UTC)}
	g := message.NewIDGenerator(c, netip.MustParseAddr("10.0.0.9"))
	g.Next()
	c.now = c.now.Add(time.Millisecond)
	if id := g.Next(); id[20:28] != "00000000" {
		t.Errorf("in a new month: %s", id)
	}
	c.now = c.now.Add(-time.Second)
	if id := g.Next(); id[20:28] != "00000000" {
		t.Errorf("after the clock was set back: %s", id)
	}
}

func TestUniqIDsDiffer(t *testing.T) {
	g := message.NewIDGenerator(nil, netip.MustParseAddr("10.0.0.9"))
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				id := g.Next()
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 4000 {
		t.Errorf("%d of 4000 ids differ", len(seen))
	}
}

func TestSetUniqIDKeepsAnID(t *testing.T) {
	g := message.NewIDGenerator(nil, netip.MustParseAddr("10.0.0.9"))
	m := message.New("T", nil)
	if id := g.SetUniqID(m); id == "" || g.SetUniqID(m) != id || m.UniqID() != id {
		t.Errorf("%q, %q", id, m.UniqID())
	}
}

func TestMalformedOffsetMsgIDs(t *testing.T) {
	for _, id := range []string{"", "7F00", strings.Repeat("Z", 32), strings.Repeat("F", 32), strings.Repeat("0", 34)} {
		if _, _, err := message.ParseOffsetMsgID(id); !errors.Is(err, message.ErrMalformedID) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAccessors(t *testing.T) {
	m := message.New("T", []byte("x"))
	m.SetTags("TagA")
	m.SetKeys("k1", "k2")
	m.SetDelayTimeLevel(3)
	m.SetWaitStoreMsgOK(false)
	if m.Tags() != "TagA" || !cmp.Equal(m.Keys(), []string{"k1", "k2"}) || m.DelayTimeLevel() != 3 || m.WaitStoreMsgOK() {
		t.Errorf("%+v", m)
	}
	c := m.Clone()
	c.SetTags("")
	c.SetDelayTimeLevel(0)
	if _, ok := c.Properties.Lookup(message.PropertyTags); ok || c.DelayTimeLevel() != 0 || m.Tags() != "TagA" {
		t.Errorf("%+v, cloned from %+v", c, m)
	}
}

func TestValidNames(t *testing.T) {
	long := strings.Repeat("x", 127)
	for topic, want := range map[string]string{
		"TopicTest": "", "%RETRY%g": "", "a|b_c-d%": "", long: "", message.RetryTopic(long): "",
		"": "The specified topic is blank.", "  ": "The specified topic is blank.",
		"a b":      "The specified topic: a b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$",
		"中":        "The specified topic: 中, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$",
		long + "x": "The specified topic: " + long + "x, is longer than topic max length: 127",
		"%DLQ%" + strings.Repeat("x", 251): "The specified topic is DLQ or Retry topic: %DLQ%" + strings.Repeat("x", 251) +
			", and it's longer than topic max length: 255",
	} {
		err := message.ValidateTopic(topic)
		if want == "" != (err == nil) || err != nil && (err.Error() != want || !errors.Is(err, message.ErrInvalidName)) {
			t.Errorf("%q: %v, want %q", topic, err, want)
		}
	}
	if err := message.ValidateGroup(strings.Repeat("g", 121)); err == nil || message.ValidateGroup(strings.Repeat("g", 120)) != nil {
		t.Errorf("groups: %v", err)
	}
}

func TestTopicKinds(t *testing.T) {
	if !message.IsSystemTopic("rmq_sys_x") || !message.IsSystemTopic("TBW102") || message.IsSystemTopic("TopicTest") {
		t.Error("system topics")
	}
	if !message.IsNotAllowedSendTopic("SCHEDULE_TOPIC_XXXX") || message.IsNotAllowedSendTopic("TBW102") {
		t.Error("topics that clients must not send to")
	}
	if message.ReplyTopic("C") != "C_REPLY_TOPIC" || !message.IsDLQTopic(message.DLQTopic("g")) {
		t.Error("reply and dead-letter topics")
	}
	if !message.IsReservedProperty("KEYS") || !message.IsReservedProperty("__RMQ.TRANSIENT.x") || message.IsReservedProperty("mine") {
		t.Error("reserved properties")
	}
}

func TestCompression(t *testing.T) {
	body := bytes.Repeat([]byte("a body that compresses well "), 1000)
	for _, c := range []message.Compression{message.LZ4, message.Zstd, message.Zlib} {
		small, err := c.Compress(body, message.DefaultCompressLevel)
		if err != nil || len(small) > len(body)/4 {
			t.Fatalf("%s: %d bytes, %v", c, len(small), err)
		}
		if got, err := c.Decompress(small, len(body)); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes, %v", c, len(got), err)
		}
		if _, err := c.Decompress(small, len(body)-1); !errors.Is(err, message.ErrBodyTooLong) {
			t.Errorf("%s beyond the limit: %v", c, err)
		}
		if _, err := c.Decompress(small[:len(small)/2], len(body)); err == nil {
			t.Errorf("%s: half a body was decompressed", c)
		}
		if flags := c.Flags(); !flags.Compressed() || flags.Compression() != c {
			t.Errorf("%s: flags %#x", c, flags)
		}
	}
	if message.FlagCompressed.Compression() != message.Zlib {
		t.Error("before 5.x, compressed meant zlib")
	}
	if _, err := message.Compression(0x700).Compress(body, 5); !errors.Is(err, message.ErrUnknownCompression) {
		t.Error(err)
	}
}

func TestTransactionBits(t *testing.T) {
	f := message.FlagCompressed | message.FlagTransactionPrepared
	if f.Transaction() != message.FlagTransactionPrepared {
		t.Errorf("%#x", f.Transaction())
	}
	if got := f.WithTransaction(message.FlagTransactionRollback); got != message.FlagCompressed|message.FlagTransactionRollback {
		t.Errorf("%#x", got)
	}
}

func TestBatchesWithTooManyProperties(t *testing.T) {
	m := message.New("T", []byte("x"))
	m.SetProperty("p", strings.Repeat("v", message.MaxPropertiesSize))
	if _, err := message.EncodeBatch([]*message.Message{m}); !errors.Is(err, message.ErrPropertiesTooLong) {
		t.Error(err)
	}
}

// TestManyProperties: also among very many, names are unique, in the order of their first appearance, with their last value.
func TestManyProperties(t *testing.T) {
	const n = 300
	var wire strings.Builder
	for _, value := range []string{"old", "new"} {
		for i := range n {
			fmt.Fprintf(&wire, "n%d\x01%s%d\x02", i, value, i)
		}
	}
	p := message.ParseProperties(wire.String())
	if len(p) != n {
		t.Fatalf("%d properties", len(p))
	}
	for i := range p {
		if p[i].Name != fmt.Sprint("n", i) || p[i].Value != fmt.Sprint("new", i) {
			t.Fatalf("property %d is %v", i, p[i])
		}
	}
}
