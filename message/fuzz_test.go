package message_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
)

// FuzzProperties: whatever is parsed, nothing panics, and what was parsed is written and parsed again unchanged.
func FuzzProperties(f *testing.F) {
	f.Add("KEYS\x01k\x02TAGS\x01a\x02")
	f.Add("\x01\x02a\x01\x02\x01b\x02a\x01b\x01c")
	f.Fuzz(func(t *testing.T, s string) {
		p := message.ParseProperties(s)
		again := message.ParseProperties(p.String())
		if len(p)+len(again) > 0 && !cmp.Equal(p, again) {
			t.Fatalf("%q: %q, then %q", s, p, again)
		}
	})
}

// FuzzBatch: whatever is decoded, nothing panics, and what was decoded is encoded and decoded again unchanged.
func FuzzBatch(f *testing.F) {
	m := message.New("T", []byte("body"))
	m.SetTags("TagA")
	data, err := message.EncodeBatch([]*message.Message{m, message.New("T", nil)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		msgs, err := message.DecodeBatch(data)
		if err != nil {
			return
		}
		encoded, err := message.EncodeBatch(msgs)
		if err != nil {
			return // properties without their last separator may grow beyond the limit
		}
		again, err := message.DecodeBatch(encoded)
		if err != nil || len(again) != len(msgs) {
			t.Fatalf("%d messages, then %d: %v", len(msgs), len(again), err)
		}
		for i := range msgs {
			if !bytes.Equal(msgs[i].Body, again[i].Body) || msgs[i].Properties.String() != again[i].Properties.String() {
				t.Fatalf("message %d: %+v, then %+v", i, msgs[i], again[i])
			}
		}
	})
}

// FuzzDecompress: whatever is decompressed, nothing panics and nothing grows beyond its limit.
func FuzzDecompress(f *testing.F) {
	kinds := []message.Compression{message.LZ4, message.Zstd, message.Zlib}
	for i, c := range kinds {
		data, err := c.Compress(bytes.Repeat([]byte("x"), 5000), message.DefaultCompressLevel)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), data)
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		const limit = 1 << 16
		if plain, err := kinds[int(kind)%len(kinds)].Decompress(data, limit); err == nil && len(plain) > limit {
			t.Fatalf("%d bytes", len(plain))
		}
	})
}

// FuzzOffsetMsgID: an id that is accepted is the id of what was read from it, but for the case of its letters.
func FuzzOffsetMsgID(f *testing.F) {
	f.Add("7F00000100002A9F0102030405060708")
	f.Fuzz(func(t *testing.T, id string) {
		addr, off, err := message.ParseOffsetMsgID(id)
		if err != nil {
			return
		}
		again, offAgain, err := message.ParseOffsetMsgID(message.OffsetMsgID(addr, off))
		if err != nil || again.Addr().Unmap() != addr.Addr().Unmap() || again.Port() != addr.Port() || off != offAgain {
			t.Fatalf("%s: %v %d, then %v %d, %v", id, addr, off, again, offAgain, err)
		}
	})
}
