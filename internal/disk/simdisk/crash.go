package simdisk

import (
	"maps"
	"slices"
)

// Kill ends the process but not the machine: open files and locks are dead, everything written is still there.
func (d *Disk) Kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bootLocked()
}

// Crash cuts the power: of everything not synced each piece survives with probability keep, on its own.
func (d *Disk) Crash(keep float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.changed {
		if d.random.Float64() < keep {
			d.keepLocked(c)
		}
	}
	d.changed = nil
	d.present = map[string]*inode{}
	crashed := map[*inode]bool{}
	for _, name := range slices.Sorted(maps.Keys(d.platter)) {
		f := d.platter[name]
		if f != nil && !crashed[f] {
			f.crash(func() bool { return d.random.Float64() < keep })
			crashed[f] = true
		}
		d.present[name] = f
	}
	d.bootLocked()
}

func (d *Disk) bootLocked() {
	d.boot++
	d.locks = map[string]bool{}
	d.faults = Faults{Capacity: d.faults.Capacity}
}

// crash makes the platter's content the present one, with those unsynced sectors that kept says.
func (f *inode) crash(kept func() bool) {
	if f.size != f.durSize && kept() {
		f.durSize = f.size
	}
	for _, s := range slices.Sorted(maps.Keys(f.dirty)) {
		if !kept() {
			continue
		}
		if sector, ok := f.mem[s]; ok {
			f.dur[s] = sector
		} else {
			delete(f.dur, s)
		}
	}
	f.size = f.durSize
	f.dirty = map[int64]struct{}{}
	f.mem = maps.Clone(f.dur)
	for s := range f.mem {
		if s*SectorSize >= f.size {
			delete(f.mem, s)
		}
	}
}
