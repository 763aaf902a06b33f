package instance

import (
	"fmt"

	"github.com/plumemq/plume/remoting"
)

// errStopped: the last role has released the instance.
var errStopped = fmt.Errorf("client instance: %w", remoting.ErrClosed)
