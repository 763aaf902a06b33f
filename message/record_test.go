package message_test

import (
	"encoding/hex"
	"errors"
	"maps"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
)

var (
	hostV4 = netip.MustParseAddrPort("127.0.0.1:10911")
	hostV6 = netip.MustParseAddrPort("[fe80::1]:10912")
)

func sampleRecord() message.Record {
	return message.Record{
		QueueID: 3, Flag: 7, QueueOffset: 11, PhysicalOffset: 1 << 40, SysFlag: message.FlagMultiTags, BornTimestamp: 1700000000001,
		BornHost: hostV4, StoreTimestamp: 1700000000002, StoreHost: hostV4, ReconsumeTimes: 2, PreparedTransactionOffset: 5,
		Body: []byte("hello"), Topic: "TopicTest", Properties: "TAGS\x01TagA\x02UNIQ_KEY\x01id\x02",
	}
}

// The bytes, written out once.
func TestRecordLayout(t *testing.T) {
	r := sampleRecord()
	got := hex.EncodeToString(message.AppendRecord(nil, &r))
	want := strings.Join([]string{
		"0000007f", "daa320a7", "3610a686", "00000003", "00000007", // size, magic, CRC, queue, flag
		"000000000000000b", "0000010000000000", "00000002", "0000018bcfe56801", // queue offset, position, system flag, born at
		"7f00000100002a9f", "0000018bcfe56802", "7f00000100002a9f", // born host, stored at, store host
		"00000002", "0000000000000005", // reconsumed, prepared transaction
		"00000005" + hex.EncodeToString([]byte("hello")),
		"09" + hex.EncodeToString([]byte("TopicTest")),
		"0016" + hex.EncodeToString([]byte(r.Properties)),
	}, "")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordThereAndBack(t *testing.T) {
	for name, change := range map[string]func(*message.Record){
		"as it is":      func(*message.Record) {},
		"IPv6 born":     func(r *message.Record) { r.BornHost = hostV6 },
		"IPv6 stored":   func(r *message.Record) { r.StoreHost = hostV6 },
		"IPv6 both":     func(r *message.Record) { r.BornHost, r.StoreHost = hostV6, hostV6 },
		"version 2":     func(r *message.Record) { r.Topic = strings.Repeat("t", 128) },
		"empty":         func(r *message.Record) { r.Body, r.Properties = nil, "" },
		"large offsets": func(r *message.Record) { r.QueueOffset, r.PhysicalOffset = 1<<62, 1<<62 },
	} {
		t.Run(name, func(t *testing.T) {
			want := sampleRecord()
			change(&want)
			buf := message.AppendRecord([]byte("before"), &want)[len("before"):]
			if len(buf) != want.EncodedSize() {
				t.Errorf("%d bytes, EncodedSize says %d", len(buf), want.EncodedSize())
			}
			got, err := message.ParseRecord(append(buf, "behind"...))
			if err != nil {
				t.Fatal(err)
			}
			if err := got.CheckCRC(); err != nil {
				t.Error(err)
			}
			want.Size, want.BodyCRC, want.SysFlag, want.V2 = int32(len(buf)), message.BodyCRC(want.Body), got.SysFlag, len(want.Topic) > 127
			if len(got.Body) == 0 {
				got.Body = nil
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlaceRecord(t *testing.T) {
	for _, born := range []netip.AddrPort{hostV4, hostV6} {
		r := sampleRecord()
		r.BornHost = born
		buf := message.AppendRecord(nil, &r)
		message.PlaceRecord(buf, 21, 22, 23)
		got, err := message.ParseRecord(buf)
		if err != nil || got.QueueOffset != 21 || got.PhysicalOffset != 22 || got.StoreTimestamp != 23 || got.BornHost != born {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// Each way of being damaged has its error, and none is taken for a record.
func TestDamagedRecords(t *testing.T) {
	r := sampleRecord()
	whole := message.AppendRecord(nil, &r)
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"nothing", func([]byte) []byte { return nil }, message.ErrRecordShort},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, message.ErrRecordShort},
		{"zeros", func(b []byte) []byte { return make([]byte, 100) }, message.ErrRecordMagic},
		{"magic", func(b []byte) []byte { b[5]++; return b }, message.ErrRecordMagic},
		{"too small", func(b []byte) []byte { b[3] = 12; return b }, message.ErrRecordSize},
		{"body length", func(b []byte) []byte { b[87]++; return b }, message.ErrRecordSize},
		{"negative body length", func(b []byte) []byte { b[84] = 0xff; return b }, message.ErrRecordSize},
		{"topic length", func(b []byte) []byte { b[93]++; return b }, message.ErrRecordSize},
		{"a host flag", func(b []byte) []byte { b[39] |= 0x10; return b }, message.ErrRecordSize},
		{"body", func(b []byte) []byte { b[90]++; return b }, message.ErrRecordCRC},
		{"padding", func([]byte) []byte { return []byte{0, 0, 0, 40, 0xcb, 0xd4, 0x31, 0x94} }, message.ErrRecordBlank},
	} {
		_, _, err := message.DecodeRecord(c.change(append([]byte(nil), whole...)), message.CheckCRC)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDecodeRecords(t *testing.T) {
	r := sampleRecord()
	var body []byte
	for i := range 3 {
		r.QueueOffset = int64(i)
		body = message.AppendRecord(body, &r)
	}
	msgs, err := message.DecodeRecords(body, message.CheckCRC)
	if err != nil || len(msgs) != 3 {
		t.Fatalf("%d messages, %v", len(msgs), err)
	}
	if m := msgs[2]; m.QueueOffset != 2 || m.MsgID != "id" || m.Tags() != "TagA" || string(m.Body) != "hello" || m.StoreHost != hostV4 {
		t.Errorf("%+v", m)
	}
	if msgs, err := message.DecodeRecords(body[:len(body)-1]); len(msgs) != 2 || !errors.Is(err, message.ErrRecordShort) {
		t.Errorf("a cut body: %d messages, %v", len(msgs), err)
	}
}

func TestRecordProperty(t *testing.T) {
	const wire = "a\x011\x02ab\x012\x02a\x013\x02empty\x01\x02last\x014"
	for name, want := range map[string]string{"a": "3", "ab": "2", "empty": "", "last": "4", "none": "", "": ""} {
		if got := message.RecordProperty(wire, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	all := map[string]string{}
	for name, value := range message.RecordProperties(wire) {
		all[name] = value
	}
	if want := map[string]string{"a": "3", "ab": "2", "last": "4"}; !maps.Equal(all, want) {
		t.Errorf("%v, want %v", all, want)
	}
}

// FuzzRecord: whatever is decoded, nothing panics, nothing is read past the record, and what was decoded is encoded the same.
func FuzzRecord(f *testing.F) {
	r := sampleRecord()
	f.Add(message.AppendRecord(nil, &r))
	r.BornHost, r.Topic = hostV6, strings.Repeat("t", 200)
	f.Add(message.AppendRecord(nil, &r))
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0xda, 0xa3, 0x20, 0xa7})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = message.DecodeRecords(data, message.CheckCRC)
		r, err := message.ParseRecord(data)
		if err != nil {
			return
		}
		again, err := message.ParseRecord(message.AppendRecord(nil, &r))
		if r.V2 && len(r.Topic) <= 127 || r.BodyCRC == 0 || r.BornHost.Addr().Is4In6() || r.StoreHost.Addr().Is4In6() {
			return // written by nobody
		}
		if err != nil || again.Size != r.Size || again.Properties != r.Properties || again.BornHost.Addr() != r.BornHost.Addr() {
			t.Fatalf("%+v\n%+v, %v", r, again, err)
		}
	})
}
