package store

import (
	"context"
	"math"
	"testing"
)

// FuzzOpen scribbles over any file of a closed or a killed store. Open then refuses with an error or succeeds; after that every
// pull and every query ends, and a put and a stop work.
func FuzzOpen(f *testing.F) {
	f.Add(uint8(0), int64(0), []byte{0xff}, false)
	f.Add(uint8(0), int64(4000), []byte{0, 0, 0, 0, 0xDA, 0xA3, 0x20, 0xA7}, true)
	f.Add(uint8(3), int64(8), []byte{0x7f, 0xff, 0xff, 0xff}, true)
	f.Add(uint8(6), int64(36), []byte{0x7f, 0xff, 0xff, 0xff}, false)
	f.Add(uint8(9), int64(64), []byte{1}, true)
	f.Fuzz(func(t *testing.T, file uint8, at int64, scribble []byte, killed bool) {
		m := newMachine(t, 5)
		m.cfg.FlushDiskType = AsyncFlush
		m.open()
		for range 30 {
			m.put()
		}
		m.must(m.store.reput.drain())
		m.must(m.store.flushDerived(0))
		if killed {
			m.disk.Kill()
		} else {
			m.must(m.store.Close())
		}
		names := m.disk.Files()
		name := names[int(file)%len(names)]
		for i, b := range scribble[:min(len(scribble), 64)] {
			offset := int64(uint64(at)%4096) + int64(i)
			if err := m.disk.Corrupt(name, offset, func(byte) byte { return b }); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(m.cfg, Deps{Disk: m.disk})
		if err != nil {
			return
		}
		m.store = s
		m.checkScribbled()
	})
}

// checkScribbled reads everything there is, and goes on working.
func (m *machine) checkScribbled() {
	for _, key := range m.store.Queues() {
		for offset := m.store.MinOffsetInQueue(key.Topic, key.QueueID); offset < m.store.MaxOffsetInQueue(key.Topic, key.QueueID); {
			res, err := m.store.GetMessage(context.Background(), "g", key.Topic, key.QueueID, offset, 100, 1<<20, nil)
			if err != nil {
				break
			}
			if res.NextBeginOffset <= offset {
				m.fatalf("%v: %v at %d leads to %d", key, res.Status, offset, res.NextBeginOffset)
			}
			offset = res.NextBeginOffset
		}
		if _, err := m.store.QueryMessage(context.Background(), key.Topic, "k1", 32, 0, math.MaxInt64); err != nil {
			m.note("query: %v", err)
		}
	}
	_ = m.putOne("new", "message")
	_ = m.store.Close()
}
