package demo

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// The numbers of a line belong together, however fast the machine is. That sharing a connection pays shows in what the network sees, which
// the experiments to claims T13 and T15 count: a comparison of speeds would be one of what else the machine does.
func TestMeasure(t *testing.T) {
	lines, err := new(meter).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		t.Logf("%2d callers, %2d connections: %8d calls/s, %v each", l.Callers, l.Connections, l.PerSecond, l.Each)
		if l.PerSecond <= 0 || l.Each <= 0 {
			t.Errorf("%d callers on %d connections: %+v", l.Callers, l.Connections, l)
		}
		if all := time.Duration(l.Callers) * time.Second; time.Duration(l.PerSecond)*l.Each > all || time.Duration(l.PerSecond+1)*(l.Each+1) < all {
			t.Errorf("%d callers on %d connections: %+v does not fill a second of each", l.Callers, l.Connections, l)
		}
	}
	if len(lines) != 5 || lines[2] != (site.Measurement{Callers: 64, Connections: 1, PerSecond: lines[2].PerSecond, Each: lines[2].Each}) {
		t.Errorf("the lines are %+v", lines)
	}
}

// A line's callers call over as many connections as it says, at once, and a slower round does not replace a quicker one.
func TestMeasureOneLine(t *testing.T) {
	var mu sync.Mutex
	seen, now, most := map[*remoting.Channel]bool{}, 0, 0
	enter := func(c *remoting.Channel, by int) {
		mu.Lock()
		defer mu.Unlock()
		seen[c], now = true, now+by
		most = max(most, now)
	}
	server := remoting.NewServer(remoting.ServerConfig{Addr: host + ":0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		enter(rc.Channel, 1)
		defer enter(rc.Channel, -1)
		time.Sleep(time.Millisecond)
		return protocol.NewResponse(protocol.Success, ""), nil
	}), remoting.NewExecutor("many", 64, 64))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Shutdown(t.Context())
	line := site.Measurement{Callers: 16, Connections: 4}
	if err := measure(t.Context(), server.Addr().String(), &line); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 4 || most < 2 || most > 16 || line.PerSecond <= 0 {
		t.Errorf("%d connections, %d calls at once, %+v", len(seen), most, line)
	}
	best := site.Measurement{Callers: 1, Connections: 1, PerSecond: 1 << 40, Each: 1}
	after := best
	if err := measure(t.Context(), server.Addr().String(), &after); err != nil || after != best {
		t.Errorf("%v, %+v replaced %+v", err, after, best)
	}
}
