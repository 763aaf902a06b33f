package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestARequestThatWaitedTooLongIsNotProcessed(t *testing.T) {
	processed := 0
	f := fastFailure{
		next: remoting.ProcessorFunc(func(context.Context, *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			processed++
			return nil, nil
		}),
		queue: remoting.NewExecutor("send", 1, 1), maxWait: 200 * time.Millisecond, clock: clock.System,
	}
	_, err := f.ProcessRequest(t.Context(), &remoting.RequestContext{ReceivedAt: clock.System.Now().Add(-time.Second)})
	const remark = "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: 1"
	if !errors.Is(err, protocol.SystemBusy) || !strings.Contains(err.Error(), remark) || processed != 0 {
		t.Errorf("a late request: %v, processed %d times", err, processed)
	}
	if _, err := f.ProcessRequest(t.Context(), &remoting.RequestContext{ReceivedAt: clock.System.Now()}); err != nil || processed != 1 {
		t.Errorf("a request in time: %v, processed %d times", err, processed)
	}
}
