package tape

import (
	"slices"
	"strings"
)

// alike is how much of two sets of steps must be common for one tape to speak for the other.
const alike = 0.6

// failed marks a step of which a span failed.
const failed = "!"

// Failed is what stands among a trace's or a tape's steps for a failed span of one, beside the step itself.
func Failed(step string) string { return step + failed }

// Match is the tape that fits a trace best.
type Match struct {
	*Tape
	Exact bool // the very same steps, and the same ones failed
	Both  int  // steps that trace and tape have, whether they failed or not
	Of    int  // steps of the trace
	Same  bool // the very same steps
}

// Find is the tape whose golden tree is most like a trace with these steps, of which the failed ones are there as [Failed], too. When none
// is much like it, the smallest that has all of its steps will do: a dispatch is recorded together with the send that it followed. False
// when there is neither.
func Find(tapes []*Tape, steps []string) (Match, bool) {
	steps = slices.Compact(slices.Sorted(slices.Values(steps)))
	plain := passed(steps)
	var best, whole Match
	most := 0.0
	for _, t := range tapes {
		m := Match{Tape: t, Both: common(passed(t.Steps), plain), Of: len(plain)}
		if m.Both == 0 {
			continue
		}
		both := common(t.Steps, steps)
		union := len(t.Steps) + len(steps) - both
		m.Exact, m.Same = both == union, slices.Equal(passed(t.Steps), plain)
		if share := float64(both) / float64(union); share > most || share == most && len(t.Name) < len(best.Name) { // of equals, the plainest
			best, most = m, share
		}
		if m.Both == len(plain) && (whole.Tape == nil || len(t.Steps) < len(whole.Steps)) {
			whole = m
		}
	}
	if most >= alike {
		return best, true
	}
	return whole, whole.Tape != nil
}

// passed are the steps without the marks of those that failed.
func passed(steps []string) []string {
	return slices.DeleteFunc(slices.Clone(steps), func(s string) bool { return strings.HasSuffix(s, failed) })
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
