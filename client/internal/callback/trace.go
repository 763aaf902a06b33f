package callback

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var stepProcessRequest = observ.Define(observ.Op{
	ID: "client.ClientRemotingProcessor.processRequest", Func: "client/internal/callback.(*ClientRemotingProcessor).ProcessRequest",
	Java: "ClientRemotingProcessor#processRequest", Claims: []string{"T17", "T18"},
})

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepProcessRequest} }

func traceProcessRequest(ctx context.Context) (context.Context, observ.Step) {
	return stepProcessRequest.Start(ctx)
}
