package demo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

// bench is a switchboard whose faults only write down what is done.
type bench struct {
	*switchboard
	done []string
	fail error // of on
}

func newBench() *bench {
	b := &bench{}
	one := func(id string, parts part) *fault {
		return &fault{
			Fault: site.Fault{ID: id, Lasts: time.Minute}, parts: parts,
			on:  func(context.Context) error { b.done = append(b.done, "+"+id); return b.fail },
			off: func(context.Context) error { b.done = append(b.done, "-"+id); return nil },
		}
	}
	b.switchboard = newSwitchboard(tracestore.New(tracestore.Config{}), nil, zap.NewNop(), nil, []*fault{
		one("kill", partBrokerA), one("slow", partBrokerA|partBrokerB), one("wire", partWire),
	})
	return b
}

func (b *bench) set(t *testing.T, id string, on bool) {
	t.Helper()
	if err := b.Set(t.Context(), id, on); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) want(t *testing.T, done string, active ...string) {
	t.Helper()
	if got := strings.Join(b.done, " "); got != done {
		t.Errorf("done %q, want %q", got, done)
	}
	var on []string
	for _, f := range b.Faults() {
		if f.Active {
			on = append(on, f.ID)
		}
	}
	if !slices.Equal(on, active) {
		t.Errorf("active %v, want %v", on, active)
	}
}

func TestAFaultEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.set(t, "kill", true)
		time.Sleep(59 * time.Second)
		b.want(t, "+kill", "kill")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		b.want(t, "+kill -kill")
		if p := b.Periods(); len(p) != 1 || p[0].To.Sub(p[0].From) != time.Minute {
			t.Errorf("periods %+v", p)
		}
	})
}

func TestSwitchingOnAgainBeginsTheTimeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.set(t, "kill", true)
		time.Sleep(40 * time.Second)
		b.set(t, "kill", true)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		b.want(t, "+kill -kill +kill", "kill")
		b.set(t, "kill", false)
		b.set(t, "kill", false) // is off already
		time.Sleep(time.Hour)
		synctest.Wait()
		b.want(t, "+kill -kill +kill -kill")
	})
}

func TestFaultsOfOnePartExcludeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.set(t, "kill", true)
		b.set(t, "wire", true)
		b.set(t, "slow", true)
		b.want(t, "+kill +wire -kill +slow", "slow", "wire")
		if err := b.close(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.want(t, "+kill +wire -kill +slow -slow -wire")
		if err := b.Set(t.Context(), "kill", true); err == nil {
			t.Error("a fault was switched on after the end")
		}
	})
}

func TestAFaultThatCannotBeMadeIsUndone(t *testing.T) {
	b := newBench()
	b.fail = errors.New("no")
	if err := b.Set(t.Context(), "kill", true); !errors.Is(err, b.fail) {
		t.Errorf("%v", err)
	}
	b.want(t, "+kill -kill")
	if err := b.Set(t.Context(), "everything", true); !errors.Is(err, site.ErrNoFault) {
		t.Errorf("%v", err)
	}
	if _, err := b.Show(t.Context(), "kill"); !errors.Is(err, errNotOn) {
		t.Errorf("show: %v", err)
	}
}

func TestTheLoadsBounds(t *testing.T) {
	l := newLoad(&sender{})
	for _, c := range []struct {
		mode string
		rate int
	}{{"sync", 0}, {"sync", -1}, {"sync", maxRate + 1}, {"newtopic", 10}, {"", 10}} {
		if err := l.Start(c.mode, c.rate); !errors.Is(err, errLoad) || l.State().Running {
			t.Errorf("%q at %d: %v", c.mode, c.rate, err)
		}
	}
}

func TestEveryFaultSpeaksBothLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range KnownFaults() {
		for _, text := range []struct{ en, zh string }{{f.Title.EN, f.Title.ZH}, {f.What.EN, f.What.ZH}, {f.Look.EN, f.Look.ZH}, {f.Group.EN, f.Group.ZH}} {
			if text.en == "" || text.zh == "" || text.en == text.zh || strings.Count(text.en, "`")%2 != 0 || strings.Count(text.zh, "`")%2 != 0 {
				t.Errorf("%s: %q, %q", f.ID, text.en, text.zh)
			}
		}
		if seen[f.ID] || f.Lasts <= 0 || f.Lasts > time.Minute {
			t.Errorf("%s: lasts %v, seen %t", f.ID, f.Lasts, seen[f.ID])
		}
		seen[f.ID] = true
		topic, anchor, _ := strings.Cut(strings.TrimPrefix(f.Page, "/walkthroughs/"), "#")
		if page, err := plume.Files.ReadFile("walkthroughs/" + topic + "/zh.md"); err != nil || !strings.Contains(string(page), `<a id="`+anchor+`">`) {
			t.Errorf("%s: %s leads nowhere: %v", f.ID, f.Page, err)
		}
	}
	if len(seen) < 12 {
		t.Errorf("%d faults, want at least 12", len(seen))
	}
}
