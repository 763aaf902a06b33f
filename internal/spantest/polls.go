package spantest

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

// The steps of [PlayPolls].
var (
	opPoll   = observ.Define(observ.Op{ID: "spantest.poll", MayBeIdle: true})
	opInPoll = observ.Define(observ.Op{ID: "spantest.inPoll"})
)

// PlayPolls records two long polls, "busy" and "idle", of which the second brought nothing, each with three spans within, and a span that
// is none.
func PlayPolls(c *observ.Component) {
	for _, poll := range [][2]string{{"busy", "FOUND"}, {"idle", "PULL_NOT_FOUND"}} {
		name, end := poll[0], observ.String("rpc.response.status_code", poll[1])
		ctx, root := c.Start(context.Background(), opPoll, observ.Named(name))
		below, rpc := opInPoll.StartLinked(ctx, observ.Named(name+".rpc"))
		_, late := opInPoll.StartLinked(ctx, observ.Named(name+".late"))
		rpc.End(nil)
		_, woken := opInPoll.StartLinked(below, observ.Named(name+".woken")) // begins below a span that has ended
		woken.End(nil)
		root.Set(end)
		root.End(nil)
		late.End(nil)
	}
	_, other := c.Start(context.Background(), opInPoll, observ.Named("other"))
	other.End(nil)
}
