package remoting

import (
	"context"
	"sync/atomic"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// refusals are what the two ends of a connection have told each other of traces that are not recorded. Where few are, nearly every request
// is of one that is not; so that is said once, and a request that says nothing from then on is of another such. The zero value is ready.
type refusals struct {
	told  atomic.Int32 // the peer: toldNothing and what follows it
	heard atomic.Bool  // from the peer
}

const (
	toldNothing int32 = iota
	tellingIt         // a request that says it is on its way to the writer
	toldIt            // a request that says it comes before all that are written from now on
)

// propagate writes the trace context of ctx into req's extFields: W3C's traceparent and tracestate, from where a peer of Plume's takes the
// span as the parent of its own, or that a sampler refused to record the trace. Apache's servers and clients ignore fields that they do
// not know.
func (ch *Channel) propagate(ctx context.Context, req *protocol.RemotingCommand) {
	told := ch.refusals.told.Load() == toldIt
	if ch.owner.noTraceContext || told && (observ.Refused(ctx) || !observ.AnythingRecords()) {
		return
	}
	if refused := observ.Inject(ctx, &req.ExtFields); refused && !told {
		observ.InjectRefusal(&req.ExtFields)
		ch.refusals.told.CompareAndSwap(toldNothing, tellingIt)
	}
}

// propagated notes that cmd comes before all that is written from now on.
func (ch *Channel) propagated(cmd *protocol.RemotingCommand) {
	if ch.refusals.told.Load() == tellingIt && observ.IsRefusal(cmd.ExtFields.Get(observ.TraceParent)) {
		ch.refusals.told.Store(toldIt)
	}
}

// hear reads what a request says of its trace. The reader calls it, for requests in the order of their coming.
func (rc *RequestContext) hear() {
	rc.parent = rc.Request.ExtFields.Get(observ.TraceParent)
	heard := &rc.Channel.refusals.heard
	switch {
	case observ.IsRefusal(rc.parent):
		heard.Store(true)
		rc.unrecorded = true
	case rc.parent == "":
		rc.unrecorded = heard.Load()
	}
}
