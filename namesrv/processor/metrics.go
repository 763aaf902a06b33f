package processor

import (
	"errors"

	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/remoting/protocol"
)

// routeRequests counts questions for routes by how they ended. The zero value counts nothing.
type routeRequests struct{ found, notFound, failed metrics.Counter }

func newRouteRequests(r *metrics.Registry) routeRequests {
	by := r.Counter(metrics.NamesrvRouteRequests)
	return routeRequests{by.With("found"), by.With("not_found"), by.With("failed")}
}

func (c *routeRequests) count(err error) {
	switch {
	case err == nil:
		c.found.Add(1)
	case errors.Is(err, protocol.TopicNotExist):
		c.notFound.Add(1)
	default:
		c.failed.Add(1)
	}
}
