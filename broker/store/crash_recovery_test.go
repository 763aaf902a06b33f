package store

import (
	"testing"

	"github.com/plumemq/plume/internal/disk/simdisk"
)

// death ends a process: by a kill, which takes it and not what was written, or by a loss of power.
type death struct {
	name string
	die  func(*simdisk.Disk)
}

var (
	kill   = death{"kill", (*simdisk.Disk).Kill}
	deaths = []death{
		kill,
		{"nothing unsynced is left", func(d *simdisk.Disk) { d.Crash(0) }},
		{"half of it is", func(d *simdisk.Disk) { d.Crash(0.5) }},
		{"all of it is", func(d *simdisk.Disk) { d.Crash(1) }},
	}
)

// past is what a store has been through before the recovery that is looked at.
type past struct {
	name   string
	closed bool     // else it died as the one that recovers does
	lost   []string // what somebody deleted afterwards
	deaths []death
}

// A broker ends, well or not, and the one that recovers dies at every single operation of its disk. The third one has every
// acknowledged message. Not here: a loss of power when a killed broker's checkpoint is lost, as then nobody knows which of the commit
// log's files were on the platter.
func TestDeathAtEveryOperationOfARecovery(t *testing.T) {
	for _, p := range []past{
		{"died", false, nil, deaths},
		{"died, no checkpoint", false, []string{"checkpoint"}, []death{kill}},
		{"died, only the log is left", false, []string{"checkpoint", "consumequeue", "index"}, []death{kill}},
		{"closed", true, nil, deaths},
		{"closed, no checkpoint", true, []string{"checkpoint"}, deaths},
		{"closed, no index", true, []string{"index"}, deaths},
		{"closed, no consume queues", true, []string{"consumequeue"}, deaths},
		{"closed, one queue less", true, []string{"consumequeue/T1/0"}, deaths},
		{"closed, only the log is left", true, []string{"checkpoint", "consumequeue", "index"}, deaths},
	} {
		for _, d := range p.deaths {
			t.Run(p.name+"/"+d.name, func(t *testing.T) {
				for cut := 1; dieInRecovery(t, cut, p, d); cut++ {
				}
			})
		}
	}
}

// dieInRecovery ends the recovering process at the cut-th operation; false means that the recovery ended before.
func dieInRecovery(t *testing.T, cut int, p past, d death) (happened bool) {
	m := newMachine(t, 7)
	m.cfg.FlushDiskType = SyncFlush
	if d.name == kill.name {
		m.cfg.FlushDiskType = AsyncFlush
	}
	m.live(p, d)
	base := m.disk.Ops()
	m.disk.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		happened = op.Seq-base >= cut
		if happened {
			return simdisk.ErrCrashed
		}
		return nil
	}})
	m.note("died at operation %d of the recovery", cut)
	if s, err := Open(m.cfg, Deps{Disk: m.disk}); err == nil {
		_ = s.Close()
	}
	d.die(m.disk)
	m.open()
	m.checkSurvivors()
	m.checkIndex()
	m.must(m.store.Close())
	return happened
}

// live puts messages and ends as the past says.
func (m *machine) live(p past, d death) {
	m.open()
	for i := range 24 {
		m.put()
		if i%3 == 0 && m.cfg.FlushDiskType == SyncFlush {
			m.store.commitLog.Commit()
		}
		if i == 8 {
			m.must(m.store.flushDerived(0))
		}
	}
	if p.closed {
		m.must(m.store.Close())
	} else {
		d.die(m.disk)
	}
	for _, name := range p.lost {
		m.removeAll("/store/" + name)
	}
}
