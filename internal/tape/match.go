package tape

import "slices"

// alike is how much of two sets of steps must be common for one tape to speak for the other.
const alike = 0.6

// Match is the tape that fits a trace best.
type Match struct {
	*Tape
	Exact bool // the very same steps
	Both  int  // steps that trace and tape have
	Of    int  // steps of the trace
}

// Find is the tape whose golden tree is most like a trace with these steps. When none is much like it, the smallest that has all of
// its steps will do: a dispatch is recorded together with the send that it followed. False when there is neither.
func Find(tapes []*Tape, steps []string) (Match, bool) {
	steps = slices.Compact(slices.Sorted(slices.Values(steps)))
	var best, whole Match
	most := 0.0
	for _, t := range tapes {
		m := Match{Tape: t, Both: common(t.Steps, steps), Of: len(steps)}
		union := len(t.Steps) + len(steps) - m.Both
		if m.Both == 0 {
			continue
		}
		m.Exact = m.Both == union
		if share := float64(m.Both) / float64(union); share > most || share == most && len(t.Name) < len(best.Name) { // of equals, the plainest
			best, most = m, share
		}
		if m.Both == len(steps) && (whole.Tape == nil || len(t.Steps) < len(whole.Steps)) {
			whole = m
		}
	}
	if most >= alike {
		return best, true
	}
	return whole, whole.Tape != nil
}

// common counts what two sorted sets share.
func common(a, b []string) int {
	n := 0
	for _, s := range a {
		if _, ok := slices.BinarySearch(b, s); ok {
			n++
		}
	}
	return n
}
