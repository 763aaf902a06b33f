package message_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
)

// vector is one line of testdata/vectors-<version>.jsonl: what Apache RocketMQ of that version encodes and decodes.
// test/interop/README.md says how the files are made.
type vector struct {
	Kind, Variant, Topic, BornHost, StoreHost, MsgID, Text, ID, Host, Type string

	Hex, Body                                                  hexBytes
	Flag, QueueID, SysFlag, ReconsumeTimes, BodyCRC, StoreSize int32
	QueueOffset, CommitLogOffset, PreparedTransactionOffset    int64
	BornTimestamp, StoreTimestamp, Offset, Hash                int64
	CRC                                                        uint32
	Properties                                                 map[string]string
	Items                                                      []vector
}

// hexBytes are bytes written as hexadecimal digits.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	var err error
	*b, err = hex.DecodeString(string(text))
	return err
}

// eachVector runs a subtest for every vector of a kind and every version.
func eachVector(t *testing.T, kind string, run func(t *testing.T, v *vector)) {
	files, err := filepath.Glob("testdata/vectors-*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "vectors-"), ".jsonl")
		for _, v := range readVectors(t, file) {
			if v.Kind == kind {
				t.Run(version+"/"+v.Variant+v.Type+v.Text, func(t *testing.T) { run(t, v) })
			}
		}
	}
}

func readVectors(t *testing.T, file string) []*vector {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []*vector
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		v := new(vector)
		if err := json.Unmarshal(scanner.Bytes(), v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, v)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestVectorRecords: Apache's records are read field by field, and written again byte by byte.
func TestVectorRecords(t *testing.T) {
	eachVector(t, "record", func(t *testing.T, v *vector) {
		m, n, err := message.DecodeRecord(bytes.Clone(v.Hex), message.CheckCRC)
		if err != nil {
			t.Fatal(err)
		}
		if n != len(v.Hex) {
			t.Errorf("read %d of %d bytes", n, len(v.Hex))
		}
		checkMessage(t, v, m)
		r, err := message.ParseRecord(bytes.Clone(v.Hex))
		if err != nil {
			t.Fatal(err)
		}
		if got := message.AppendRecord(nil, &r); !bytes.Equal(got, v.Hex) {
			t.Errorf("written again:\n%x\nwant\n%x", got, v.Hex)
		}
	})
}

func checkMessage(t *testing.T, v *vector, m *message.MessageExt) {
	t.Helper()
	want := &message.MessageExt{
		Message: message.Message{Topic: v.Topic, Body: m.Body, Flag: v.Flag, Properties: m.Properties},
		QueueID: v.QueueID, StoreSize: v.StoreSize, QueueOffset: v.QueueOffset, CommitLogOffset: v.CommitLogOffset,
		SysFlag:       message.SysFlag(v.SysFlag) | m.SysFlag&message.FlagCompressed, // Java drops it when it decompresses
		BornTimestamp: v.BornTimestamp, StoreTimestamp: v.StoreTimestamp,
		BornHost: netip.MustParseAddrPort(v.BornHost), StoreHost: netip.MustParseAddrPort(v.StoreHost),
		MsgID: v.Properties["UNIQ_KEY"], BodyCRC: v.BodyCRC, ReconsumeTimes: v.ReconsumeTimes,
		PreparedTransactionOffset: v.PreparedTransactionOffset,
	}
	if diff := cmp.Diff(want, m, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(v.Properties, propertyMap(m.Properties)); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	if m.SysFlag&message.FlagCompressed == 0 && !bytes.Equal(m.Body, v.Body) {
		t.Errorf("body %x, want %x", m.Body, v.Body)
	}
}

func propertyMap(properties message.Properties) map[string]string {
	m := make(map[string]string, len(properties))
	for _, p := range properties {
		m[p.Name] = p.Value
	}
	return m
}

// TestVectorProperties: properties strings, malformed ones too, mean what they mean to Apache.
func TestVectorProperties(t *testing.T) {
	eachVector(t, "parseProperties", func(t *testing.T, v *vector) {
		if diff := cmp.Diff(v.Properties, propertyMap(message.ParseProperties(v.Text))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	eachVector(t, "formatProperties", func(t *testing.T, v *vector) {
		var p message.Properties
		for name, value := range v.Properties {
			p.Set(name, value)
		}
		// 4.9.7 leaves out the last separator; both versions read both.
		if got := p.String(); got != strings.TrimSuffix(v.Text, "\x02")+"\x02" {
			t.Errorf("%q, want %q", got, v.Text)
		}
	})
}

// TestVectorChecksums: the CRC of bodies has 31 bits.
func TestVectorChecksums(t *testing.T) {
	eachVector(t, "crc32", func(t *testing.T, v *vector) {
		if got := message.BodyCRC(v.Hex); got != v.CRC {
			t.Errorf("%d, want %d", got, v.CRC)
		}
	})
}

// TestVectorBatches: a batch's items are read field by field, and written again byte by byte.
func TestVectorBatches(t *testing.T) {
	eachVector(t, "batch", func(t *testing.T, v *vector) {
		messages, err := message.DecodeBatch(bytes.Clone(v.Hex))
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) != len(v.Items) {
			t.Fatalf("%d messages, want %d", len(messages), len(v.Items))
		}
		for i, m := range messages {
			item := v.Items[i]
			if m.Flag != item.Flag || !bytes.Equal(m.Body, item.Body) {
				t.Errorf("item %d: flag %d, body %x, want %d, %x", i, m.Flag, m.Body, item.Flag, item.Body)
			}
			if diff := cmp.Diff(item.Properties, propertyMap(m.Properties)); diff != "" {
				t.Errorf("item %d: properties (-want +got):\n%s", i, diff)
			}
		}
		again, err := message.EncodeBatch(messages)
		if err != nil {
			t.Fatal(err)
		}
		// 4.9.7 leaves out the last separator of the properties; both versions read both.
		if !strings.HasPrefix(t.Name(), "TestVectorBatches/4.9.7") && !bytes.Equal(again, v.Hex) {
			t.Errorf("written again:\n%x\nwant\n%x", again, v.Hex)
		}
	})
}

// TestVectorIDs: offset message ids are made and read as Apache's.
func TestVectorIDs(t *testing.T) {
	eachVector(t, "offsetMsgId", func(t *testing.T, v *vector) {
		host := netip.MustParseAddrPort(v.Host)
		if got := message.OffsetMsgID(host, v.Offset); got != v.ID {
			t.Errorf("%s, want %s", got, v.ID)
		}
		gotHost, offset, err := message.ParseOffsetMsgID(v.ID)
		if err != nil || gotHost != host || offset != v.Offset {
			t.Errorf("read as %s, %d, %v, want %s, %d", gotHost, offset, err, host, v.Offset)
		}
	})
	eachVector(t, "record", func(t *testing.T, v *vector) {
		if got := message.OffsetMsgID(netip.MustParseAddrPort(v.StoreHost), v.CommitLogOffset); got != v.MsgID {
			t.Errorf("%s, want %s", got, v.MsgID)
		}
	})
}

// TestVectorTagCodes: tags are filtered by Java's hash code.
func TestVectorTagCodes(t *testing.T) {
	eachVector(t, "hash", func(t *testing.T, v *vector) {
		if got := message.TagsCode(v.Text); got != v.Hash {
			t.Errorf("%d, want %d", got, v.Hash)
		}
	})
}

// TestVectorCompression: what Apache compressed is decompressed, and ours comes back through the same road.
func TestVectorCompression(t *testing.T) {
	kinds := map[string]message.Compression{"ZLIB": message.Zlib, "LZ4": message.LZ4, "ZSTD": message.Zstd}
	eachVector(t, "compressed", func(t *testing.T, v *vector) {
		kind, ok := kinds[v.Type]
		if !ok {
			t.Fatalf("no compression %s", v.Type)
		}
		if got, err := kind.Decompress(v.Hex, len(v.Body)); err != nil || !bytes.Equal(got, v.Body) {
			t.Errorf("decompressed %x, %v", got, err)
		}
		ours, err := kind.Compress(v.Body, 5)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := kind.Decompress(ours, len(v.Body)); err != nil || !bytes.Equal(got, v.Body) {
			t.Errorf("ours decompressed %x, %v", got, err)
		}
	})
}
