package messagetrace_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/client/messagetrace"
)

const (
	id       = "7F0000010A2B000000000000ABCD0001"
	offsetID = "0A00000500002A9F0000000000001234"
	at       = 1764000000123
)

// wire turns readable text, with | and $, into a record's bytes.
func wire(text string) []byte {
	return []byte(strings.NewReplacer("|", "\x01", "$", "\x02").Replace(text))
}

// javas are what Java's encoder made of known values: bodies by line.
func javas(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/java-5.5.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[1:]
}

func TestReadsAndWritesWhatJavaWrites(t *testing.T) {
	pub := func(tags, keys string, kind messagetrace.MessageType, ok bool) messagetrace.Record {
		return messagetrace.Record{
			Type: messagetrace.Pub, Time: at, Region: "DefaultRegion", Group: "orders", Topic: "TopicTest", MsgID: id, Tags: tags, Keys: keys,
			StoreHost: "10.0.0.5:10911", BodyLength: 42, CostTime: 7, MessageType: kind, OffsetMsgID: offsetID, Success: ok,
		}
	}
	before := func(keys string) messagetrace.Record {
		return messagetrace.Record{
			Type: messagetrace.SubBefore, Time: at, Region: "DefaultRegion", Group: "orders", RequestID: "REQ0001", MsgID: id, RetryTimes: 3,
			Keys: keys,
		}
	}
	after := func(keys string, ok bool, code int32) messagetrace.Record {
		return messagetrace.Record{
			Type: messagetrace.SubAfter, Time: at, Group: "orders", RequestID: "REQ0001", MsgID: id, Keys: keys, CostTime: 7, Success: ok,
			ContextCode: code,
		}
	}
	want := [][]messagetrace.Record{
		{pub("TagA", "k1 k2", messagetrace.Normal, true)},
		{pub("", "", messagetrace.Delay, true)},
		{pub("TagA", "k1", messagetrace.TransactionHalf, false)},
		{before("k1 k2"), before("")},
		{after("k1 k2", false, messagetrace.ConsumeFailed)},
		{after("", true, messagetrace.ConsumeSuccess)},
		{{
			Type: messagetrace.EndTransaction, Time: at, Region: "DefaultRegion", Group: "orders", Topic: "TopicTest", MsgID: id, Tags: "TagA",
			Keys: "k1", StoreHost: "10.0.0.5:10911", MessageType: messagetrace.TransactionCommit, TransactionID: "TX9",
			TransactionState: "COMMIT_MESSAGE", FromTransactionCheck: true,
		}},
		{{Type: messagetrace.Recall, Time: at, Region: "DefaultRegion", Group: "orders", Topic: "TopicTest", MsgID: id, Success: true}},
	}
	lines := javas(t)
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		got, err := messagetrace.Decode(wire(line))
		if err != nil || !slices.Equal(got, want[i]) {
			t.Errorf("%s\nis %+v (%v)\nwant %+v", line, got, err, want[i])
		}
		var again []byte
		for _, r := range want[i] {
			again = r.AppendTo(again)
		}
		if string(again) != string(wire(line)) {
			t.Errorf("written as %q, want %q", again, wire(line))
		}
	}
}

// TestReadsOlderClients: records with fewer fields, or one more, as clients before 5.x wrote them.
func TestReadsOlderClients(t *testing.T) {
	const head = "Pub|5|R|g|T|ID|tag|key|h:1|10|2|0"
	for text, want := range map[string]messagetrace.Record{
		head + "$":                           {Success: true},
		head + "|false$":                     {},
		head + "|OFF|true":                   {OffsetMsgID: "OFF", Success: true},
		head + "|OFF|TRUE|10.0.0.9$":         {OffsetMsgID: "OFF", Success: true, ClientHost: "10.0.0.9"},
		head + "|null|true|10.0.0.9|more|y$": {Success: true, ClientHost: "10.0.0.9"},
	} {
		want.Type, want.Time, want.Region, want.Group, want.Topic, want.MsgID = messagetrace.Pub, 5, "R", "g", "T", "ID"
		want.Tags, want.Keys, want.StoreHost, want.BodyLength, want.CostTime = "tag", "key", "h:1", 10, 2
		got, err := messagetrace.Decode(wire(text))
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v (%v), want %+v", text, got, err, want)
		}
	}
	got, err := messagetrace.Decode(wire("SubAfter|R|ID|3|true|k$SubAfter|R|ID|3|true|k|2$"))
	if err != nil || len(got) != 2 || got[0].ContextCode != 0 || got[1].ContextCode != messagetrace.ConsumeException {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestMalformedRecords(t *testing.T) {
	good := "SubAfter|R|ID|3|true|k|0|5|g$"
	for _, bad := range []string{
		"Pub", "Pub|x|R|g|T|ID|tag|key|h:1|10|2|0|OFF|true", "Pub|5|R|g|T|ID|tag|key|h:1|10|2|5|OFF|true",
		"Pub|5|R|g|T|ID|tag|key|h:1|10|2|-1|OFF|true", "SubBefore|5|R|g|Q|ID|99999999999|k", "SubBefore|5|R|g|Q|ID|1", "SubAfter|R|ID|3|true",
		"EndTransaction|5|R|g|T|ID|tag|key|h:1|2|TX|S",
	} {
		got, err := messagetrace.Decode(wire(good + bad + "$" + good))
		if !errors.Is(err, messagetrace.ErrMalformed) || !strings.Contains(fmt.Sprint(err), "number 2") || len(got) != 2 {
			t.Errorf("%s: %d records, %v", bad, len(got), err)
		}
	}
	for _, text := range []string{"", "$$", "Later|1|2$", "|$"} {
		if got, err := messagetrace.Decode(wire(text)); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestSeparatorsInValues(t *testing.T) {
	r := messagetrace.Record{Type: messagetrace.Recall, Region: "a\x01b\x02c", MsgID: id}
	got, err := messagetrace.Decode(r.AppendTo(nil))
	if err != nil || len(got) != 1 || got[0].Region != "a b c" || got[0].MsgID != id {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestIndexKeys(t *testing.T) {
	for _, c := range []struct {
		keys string
		want []string
	}{{"", []string{id}}, {" k1  k2 ", []string{id, "k1", "k2"}}, {"k " + id, []string{"k", id}}} {
		r := messagetrace.Record{MsgID: id, Keys: c.keys}
		if got := r.IndexKeys(); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.keys, got, c.want)
		}
	}
	if got := (&messagetrace.Record{}).IndexKeys(); len(got) != 0 {
		t.Errorf("no keys: %v", got)
	}
}

func TestNames(t *testing.T) {
	if got := fmt.Sprint(messagetrace.Pub, messagetrace.EndTransaction, messagetrace.Type(99)); got != "Pub EndTransaction Unknown" {
		t.Error(got)
	}
	if got := fmt.Sprint(messagetrace.Normal, messagetrace.TransactionHalf, messagetrace.Delay, messagetrace.MessageType(99)); got != "Normal Trans Delay Unknown" {
		t.Error(got)
	}
}

// FuzzDecode: no bytes make the decoder fail otherwise than by an error, and what it reads is written and read again as it was.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"Pub|5|R|g|T|ID|tag|key|h:1|10|2|0|OFF|true$", "SubBefore|5|R|g|Q|ID|1|k$SubAfter|Q|ID|3|true|k|0|5|g$", "Recall|5|R|g|T|ID|true$",
		"EndTransaction|5|R|g|T|ID|tag|null|h:1|2|TX|S|true$", "Pub|5$", "|||$$", "SubAfter|R|ID|3|true|k|2$",
	} {
		f.Add(wire(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		records, err := messagetrace.Decode(body)
		if err != nil && !errors.Is(err, messagetrace.ErrMalformed) {
			t.Fatal(err)
		}
		if len(records) > len(body) {
			t.Fatalf("%d records of %d bytes", len(records), len(body))
		}
		var again []byte
		for _, r := range records {
			again = r.AppendTo(again)
		}
		twice, err := messagetrace.Decode(again)
		if err != nil || !slices.Equal(records, twice) {
			t.Fatalf("%q: %+v\nthen %+v (%v)", body, records, twice, err)
		}
	})
}
