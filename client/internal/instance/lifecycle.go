package instance

import (
	"context"

	"github.com/plumemq/plume/client"
)

// Start begins the background loops; a second Start of a shared instance does nothing. Without a name server it fails with
// client.ErrNoNameServer, after shutdown with remoting.ErrClosed.
//
// Java: MQClientInstance#start (5.5.0).
func (i *MQClientInstance) Start(ctx context.Context) (err error) {
	_, step := traceStart(ctx, i)
	defer step.End(&err)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.state == running:
		return nil
	case i.state == shutdownAlready:
		return errStopped
	case len(i.cfg.NameServers) == 0:
		return client.ErrNoNameServer
	}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.state = running
	i.startScheduledTaskLocked()
	if len(*i.consumers.Load()) > 0 {
		i.serveConsumersLocked()
	}
	return nil
}

// Release gives up one reference. The last one stops the loops and closes the connections.
//
// Java: MQClientInstance#shutdown (5.5.0).
func (i *MQClientInstance) Release() {
	i.mu.Lock()
	i.refs--
	last := i.refs == 0
	if last {
		i.state = shutdownAlready
	}
	cancel := i.cancel
	i.mu.Unlock()
	if !last {
		return
	}
	if i.cfg.Shared != nil {
		i.cfg.Shared.Leave(i.clientID, i)
	}
	if cancel != nil {
		cancel()
	}
	i.loops.Wait()
	i.remoting.Shutdown()
}
