package demo_test

import (
	"testing"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
)

func TestTheLoadSendsAtARateAndLeavesRoomInTheStore(t *testing.T) {
	p := openPage(t)
	for _, mode := range []string{"sync", "async", "oneway"} {
		if a := p.post("/load", "mode", mode, "rate", "200"); !a.Load.Running {
			t.Fatalf("%s: %+v", mode, a.Load)
		}
		p.until(mode+" messages at a rate", func(a answer) bool {
			return a.Load.Running && a.Load.Sent > 150 && a.Load.Actual > 10 && a.Load.Actual < 260
		})
		if a := p.post("/fault/clear"); a.Load.Running || a.Load.Failed != 0 {
			t.Errorf("%s, stopped: %+v", mode, a.Load)
		}
	}
	messages := len(p.d.Store().List(tracestore.Filter{Limit: 10_000, Kind: tracestore.Messages}))
	if messages < 4 || messages > 150 { // one in twenty of more than 450, and the first three
		t.Errorf("%d traces of messages", messages)
	}
}

// until asks for the state of the control bar until it is as wanted.
func (p *page) until(what string, ok func(answer) bool) {
	p.t.Helper()
	var last answer
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if last = p.control(); ok(last) {
			return
		}
	}
	p.t.Fatalf("no %s: %+v", what, last.Load)
}

func TestADemoMayBeginWithAFault(t *testing.T) {
	cfg := freePorts()
	cfg.Fault = "consumer-slow"
	d := start(t, cfg)
	for _, f := range d.Faults().Faults() {
		if f.Active != (f.ID == cfg.Fault) {
			t.Errorf("%s: active %t", f.ID, f.Active)
		}
	}
}
