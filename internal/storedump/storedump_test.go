package storedump_test

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plumemq/plume/internal/storedump"
	"github.com/plumemq/plume/message"
)

// javaStore is a store that Apache's broker wrote, as it lies in its archive, and the lines about what was sent.
func javaStore(t *testing.T, name string) (store fs.FS, sent []string) {
	t.Helper()
	z, err := zip.OpenReader("../../broker/store/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	f, err := z.Open("sent.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		sent = append(sent, lines.Text())
	}
	return z, sent
}

// walk collects all items; records are copied.
func walk(t *testing.T, w storedump.Walker, parts ...string) (items []storedump.Item) {
	t.Helper()
	if len(parts) == 0 {
		parts = storedump.Parts[:]
	}
	err := w.Walk(parts, func(i storedump.Item) error {
		if r, ok := i.(*storedump.Record); ok {
			c := *r
			c.Body, c.Topic, c.Properties = slices.Clone(r.Body), strings.Clone(r.Topic), strings.Clone(r.Properties)
			i = &c
		}
		items = append(items, i)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func only[T storedump.Item](items []storedump.Item) (found []T) {
	for _, i := range items {
		if v, ok := i.(T); ok {
			found = append(found, v)
		}
	}
	return found
}

func noDamage(t *testing.T, items []storedump.Item) {
	t.Helper()
	for _, d := range only[*storedump.Damage](items) {
		t.Errorf("%s at %d: %v, skipped %s", d.File, d.Offset, d.Err, d.Skipped)
	}
}

// TestJavaStores: everything that the producer was told is there, and units and entries lead to the records.
func TestJavaStores(t *testing.T) {
	for name, aborted := range map[string]bool{"java-5.5.0-closed.zip": false, "java-5.5.0-killed.zip": true} {
		t.Run(name, func(t *testing.T) {
			store, sent := javaStore(t, name)
			items := walk(t, storedump.Walker{Store: store})
			noDamage(t, items)
			c := only[*storedump.Checkpoint](items)
			if len(c) != 1 || !c[0].Found || c[0].Abort != aborted || !aborted && c[0].PhysicMsgTimestamp == 0 {
				t.Errorf("checkpoint %+v", c)
			}
			at := map[int64]*storedump.Record{}
			var got []string
			for _, r := range only[*storedump.Record](items) {
				at[r.Offset] = r
				if r.Topic == "StoreJ" && strings.HasPrefix(string(r.Body), "body ") {
					properties := message.ParseProperties(r.Properties)
					got = append(got, fmt.Sprintf("%s %d %d %s %s", properties.Get("n"), r.QueueID, r.QueueOffset,
						message.OffsetMsgID(r.StoreHost, r.PhysicalOffset), properties.Get(message.PropertyUniqClientMessageIDKeyIdx)))
				}
			}
			if !slices.Equal(got, sent) {
				t.Errorf("%d messages, sent were %d", len(got), len(sent))
			}
			units := only[*storedump.Unit](items)
			for _, u := range units {
				if r := at[u.PhyOffset]; r == nil || r.Size != u.Size || r.Topic != u.Topic || r.QueueOffset != u.QueueOffset || int(r.QueueID) != u.Queue {
					t.Errorf("unit %+v leads to %+v", u, r)
				}
			}
			if want := len(at); len(units) != want {
				t.Errorf("%d units of %d messages", len(units), want)
			}
			entries := only[*storedump.Entry](items)
			for _, e := range entries {
				if at[e.PhyOffset] == nil {
					t.Errorf("entry %+v leads nowhere", e)
				}
			}
			if headers := only[*storedump.IndexHeader](items); len(headers) != 1 || headers[0].Slots != 1000 || int(headers[0].Entries) != len(entries)+1 || len(entries) < 300 {
				t.Errorf("%+v, %d entries", headers, len(entries))
			}
		})
	}
}

func TestFilters(t *testing.T) {
	store, _ := javaStore(t, "java-5.5.0-closed.zip")
	all := only[*storedump.Record](walk(t, storedump.Walker{Store: store}, storedump.PartCommitLog))
	from := all[200].Offset
	some := walk(t, storedump.Walker{Store: store, Topic: "StoreJ", Queue: 1, HasQueue: true, From: from}, storedump.PartCommitLog, storedump.PartConsumeQueue)
	noDamage(t, some)
	want := 0
	for _, r := range all {
		if r.Topic == "StoreJ" && r.QueueID == 1 && r.Offset >= from {
			want++
		}
	}
	if r, u := only[*storedump.Record](some), only[*storedump.Unit](some); len(r) != want || len(u) != want || want == 0 {
		t.Errorf("%d records and %d units, want %d", len(r), len(u), want)
	}
	stop := errors.New("enough")
	n := 0
	w := storedump.Walker{Store: store}
	if err := w.Walk(storedump.Parts[:], func(storedump.Item) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}

// copied is the store in memory, to be damaged.
func copied(t *testing.T, store fs.FS) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(store, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := store.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDamage(t *testing.T) {
	java, _ := javaStore(t, "java-5.5.0-closed.zip")
	clean := walk(t, storedump.Walker{Store: java})
	records, files := only[*storedump.Record](clean), copied(t, java)
	first, queue, index := records[0].File, "", ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if queue == "" && strings.HasPrefix(name, "consumequeue/StoreJ/") {
			queue = name
		}
		if strings.HasPrefix(name, "index/") {
			index = name
		}
	}
	second := records[1].Offset
	for _, c := range []struct {
		name string
		file string
		harm func(data []byte) []byte
		err  error
		want string // in the damage
		lost int    // records that are missing
	}{
		{"a body", first, func(d []byte) []byte { d[second+90] ^= 1; return d }, message.ErrRecordCRC, "record", 1},
		{"a magic", first, func(d []byte) []byte { d[second+4] ^= 1; return d }, message.ErrRecordMagic, "rest of file", -1},
		{"a size", first, func(d []byte) []byte { binary.BigEndian.PutUint32(d[second:], 1<<30); return d }, message.ErrRecordSize, "rest of file", -1},
		{"an own offset", first, func(d []byte) []byte { d[second+35] ^= 1; return d }, nil, "says that it lies at", 1},
		{"a cut file", first, func(d []byte) []byte { return d[:second+50] }, message.ErrRecordSize, "rest of file", -1},
		{"a unit", queue, func(d []byte) []byte { d[20] |= 0x80; return d }, nil, "a unit of offset -", 0},
		{"an entry", index, func(d []byte) []byte { d[40+4000+20] |= 0x80; return d }, nil, "entry 1: hash -", 0},
		{"an index count", index, func(d []byte) []byte { d[36] = 0x7f; return d }, nil, "has room for", 0},
		{"an index header", index, func(d []byte) []byte { return d[:20] }, nil, "no header", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := copied(t, java)
			store[c.file].Data = c.harm(store[c.file].Data)
			items := walk(t, storedump.Walker{Store: store})
			damage := only[*storedump.Damage](items)
			if len(damage) == 0 || damage[0].File != c.file || c.err != nil && !errors.Is(damage[0].Err, c.err) ||
				!strings.Contains(fmt.Sprint(damage[0].Err, damage[0].Skipped), c.want) {
				t.Fatalf("damage %+v", damage)
			}
			lost := len(records) - len(only[*storedump.Record](items))
			if c.lost >= 0 && lost != c.lost || c.lost < 0 && (lost == 0 || lost >= len(records)) {
				t.Errorf("%d records lost", lost)
			}
		})
	}
}

func TestNoStore(t *testing.T) {
	w := storedump.Walker{Store: fstest.MapFS{"letter.txt": {Data: []byte("x")}}}
	if err := w.Walk(storedump.Parts[:], func(storedump.Item) error { return nil }); !errors.Is(err, storedump.ErrNoStore) {
		t.Error(err)
	}
	empty := walk(t, storedump.Walker{Store: fstest.MapFS{"checkpoint": {}, "commitlog/00000000000000000000": {}, "index/x": {}}})
	if c := only[*storedump.Checkpoint](empty); len(empty) != 1 || !c[0].Found || c[0].Abort {
		t.Errorf("%+v", empty)
	}
}

// FuzzCommitLog: whatever a file holds, the walk ends, without a panic and without reading more than the file.
func FuzzCommitLog(f *testing.F) {
	f.Add(message.AppendRecord(nil, &message.Record{Topic: "T", Body: []byte("x")}))
	f.Add([]byte{0, 0, 0, 100, 0xDA, 0xA3, 0x20, 0xA7})
	f.Add([]byte{0, 0, 0, 8, 0xCB, 0xD4, 0x31, 0x94, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for _, name := range []string{"commitlog/0", "consumequeue/T/0/0", "index/0", "checkpoint"} {
			w := storedump.Walker{Store: fstest.MapFS{name: {Data: data}}}
			if err := w.Walk(storedump.Parts[:], func(storedump.Item) error { n++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if n > len(data)+10 { // each walk has a checkpoint, be it there or not
			t.Fatalf("%d items of %d bytes", n, len(data))
		}
	})
}
