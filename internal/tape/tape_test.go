package tape_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/tape"
)

const sample = `steps a.one a.two
client/producer.(*Producer).sendKernelImpl 1f0c22aa 0-12 15
remoting.(*Client).InvokeSync e4dc35a7 0
`

func TestATapeReadsAsItWasWritten(t *testing.T) {
	got, err := tape.Parse("sync_warm", sample)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != sample {
		t.Errorf("written again: %q", got)
	}
	f := got.Functions["client/producer.(*Producer).sendKernelImpl"]
	for offset, want := range map[int]bool{0: true, 12: true, 13: false, 15: true, 16: false} {
		if f.Ran(offset) != want {
			t.Errorf("line %d ran: %v", offset, !want)
		}
	}
	if got := tape.Ranges([]int{1, 2, 3, 3, 7, 9, 10}); !reflect.DeepEqual(got, []tape.Range{{1, 3}, {7, 7}, {9, 10}}) {
		t.Errorf("ranges %v", got)
	}
}

func TestWhatIsNoTape(t *testing.T) {
	for _, text := range []string{"", "steps", "f 00", "steps a\nsteps b", "steps a\nf", "steps a\nf 00 x", "steps a\nf 00 3-1", "steps a\nf 00 -1", "steps a\n\nf 00 1"} {
		if _, err := tape.Parse("x", text); !errors.Is(err, tape.ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFindTheTapeOfATrace(t *testing.T) {
	var tapes []*tape.Tape
	for name, steps := range map[string]string{"retry": "a b c d d! m", "warm": "a b c d", "cold": "a b c d e f", "dispatch": "a b c d x y z", "whole": "a b c d e f g h x y z"} {
		tapes = append(tapes, &tape.Tape{Name: name, Steps: strings.Fields(steps)})
	}
	for steps, want := range map[string]string{
		"d c b a a":       "warm exact",
		"a b c d e f":     "cold exact",
		"a b c e f":       "cold", // five of six
		"a b c d d! m":    "retry exact",
		"a b c d d! m e":  "retry",
		"a b c c! d":      "warm same", // nothing failed there
		"a b c c! d d! m": "retry same",
		"x y":             "dispatch", // the smallest that has both
		"x q r":           "",
		"":                "",
	} {
		m, ok := tape.Find(tapes, strings.Fields(steps))
		got := ""
		if ok {
			got = m.Name
		}
		if m.Exact {
			got += " exact"
		} else if m.Same {
			got += " same"
		}
		if got != want {
			t.Errorf("%q plays %q, want %q", steps, got, want)
		}
	}
}

// The tapes in the repository are of the functions as they are now.
func TestTapesAreFresh(t *testing.T) {
	tapes, err := tape.Read(plume.Files)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tp := range tapes {
		for symbol, f := range tp.Functions {
			fn, err := c.Function(symbol)
			if err != nil {
				t.Errorf("%s: %v: run `make tape`", tp.Name, err)
				continue
			}
			lines := strings.SplitAfter(fn.Text, "\n")[fn.Start-fn.DocLine:]
			if tape.Hash(strings.Join(lines, "")) != f.Hash {
				t.Errorf("%s: %s has changed since it was recorded: run `make tape`", tp.Name, symbol)
			}
			if len(f.Ranges) == 0 || f.Ranges[len(f.Ranges)-1].Last > fn.End-fn.Start {
				t.Errorf("%s: %s has %d lines, and ran %v", tp.Name, symbol, fn.End-fn.Start+1, f.Ranges)
			}
		}
	}
}

func TestEveryGoldenTreeHasItsTape(t *testing.T) {
	tapes, err := tape.Read(plume.Files)
	if err != nil {
		t.Fatal(err)
	}
	trees, err := filepath.Glob("../../" + tape.Folder + "/*.spantree.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range trees {
		name := strings.TrimSuffix(filepath.Base(tree), ".spantree.golden")
		if !slices.ContainsFunc(tapes, func(tp *tape.Tape) bool { return tp.Name == name }) {
			t.Errorf("the golden tree %s has no tape: run `make tape`", name)
		}
	}
	for _, tp := range tapes {
		if _, err := os.Stat("../../" + tape.Folder + "/" + tp.Name + ".spantree.golden"); err != nil {
			t.Errorf("the tape %s has no golden tree: run `make tape`", tp.Name)
		}
	}
}
