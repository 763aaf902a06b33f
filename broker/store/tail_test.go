package store

import (
	"fmt"
	"testing"

	"github.com/plumemq/plume/message"
)

// A killed process takes the consume queue entries with it that were in memory only. The next one delivers every message all the
// same, without a gap: it dispatches from where the checkpoint vouches for the files.
func TestKillWithUnwrittenQueueEntries(t *testing.T) {
	const topics, each = 40, 30
	m := asyncMachine(t)
	m.cfg.MappedFileSizeConsumeQueue = 100 * 20
	m.must(m.store.Close())
	m.open()
	for life := range 4 {
		for i := range each {
			for topic := range topics {
				m.putOne(fmt.Sprint("T", topic), fmt.Sprintf("%d.%d.%d", topic, life, i))
			}
			if i%7 == 6 {
				m.must(m.store.reput.drain())
			}
			if life == 2 && i == each/2 {
				m.must(m.store.flushDerived(0)) // the checkpoint covers what is written now, and no more
			}
			if life == 3 && i == each/2 {
				m.must(m.store.flushTick(1))
			}
		}
		m.must(m.store.reput.drain())
		m.checkLives(topics, each, life)
		m.disk.Kill()
		m.open()
		m.checkLives(topics, each, life)
	}
}

// checkLives: every queue holds what was put in all lives so far, in order.
func (m *machine) checkLives(topics, each, life int) {
	m.t.Helper()
	for topic := range topics {
		got := m.readQueue(QueueKey{Topic: fmt.Sprint("T", topic)})
		if len(got) != (life+1)*each {
			m.fatalf("life %d: T%d holds %d messages, want %d", life, topic, len(got), (life+1)*each)
		}
		for i, body := range got {
			if want := fmt.Sprintf("%d.%d.%d", topic, i/each, i%each); body != want {
				m.fatalf("T%d offset %d: %q, want %q", topic, i, body, want)
			}
		}
	}
}

// What the checkpoint vouches for is in the files: a loss of power right after it takes none of that.
func TestCheckpointCoversOnlyWrittenEntries(t *testing.T) {
	m := asyncMachine(t)
	for i := range 50 {
		m.putOne("T", fmt.Sprint(i))
	}
	m.must(m.store.reput.drain())
	m.must(m.store.flushTick(1)) // written, not synced: the checkpoint says nothing of it
	if m.store.saved.Watermark != nil && m.store.saved.Watermark.Dispatched > 0 {
		t.Errorf("the checkpoint vouches for %d", m.store.saved.Watermark.Dispatched)
	}
	m.must(m.store.flushDerived(0))
	w := m.store.saved.Watermark
	if w.Dispatched != m.store.MaxPhyOffset() || w.QueueOffsets != 50 {
		t.Errorf("the checkpoint says %+v", *w)
	}
	m.disk.Crash(0)
	q, err := Open(m.cfg, Deps{Disk: m.disk})
	m.must(err)
	m.store = q
	if got := m.readQueue(QueueKey{Topic: "T"}); len(got) != 50 {
		t.Errorf("%d messages", len(got))
	}
}

// Pulls, offsets and queries see entries that are in memory only.
func TestUnwrittenEntriesAreServed(t *testing.T) {
	m := asyncMachine(t)
	for i := range 25 {
		m.putMessage("T", fmt.Sprint(i), "KEYS\x01k\x02", 0)
	}
	m.must(m.store.reput.drain())
	if got := m.readQueue(QueueKey{Topic: "T"}); len(got) != 25 || got[24] != "24" {
		t.Errorf("T holds %q", got)
	}
	if e, ok := m.store.ConsumeQueueEntry("T", 0, 24); !ok || e.PhyOffset == 0 {
		t.Errorf("the last entry: %+v, %v", e, ok)
	}
	record, err := m.store.LookMessageByOffset(m.store.MinPhyOffset())
	if err != nil || record.Property(message.PropertyKeys) != "k" {
		t.Errorf("%v, %v", record, err)
	}
}
