// Package steps gathers the steps of the whole client library, those of its internal packages too, for the catalogue that names
// every span. Programs that only send and receive have no use for it.
package steps

import (
	"slices"

	"github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/callback"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/internal/latency"
	"github.com/plumemq/plume/client/internal/tracedispatcher"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
)

// All are the client library's steps, in no order that matters.
func All() []*observ.Op {
	return slices.Concat(
		producer.Steps(), consumer.Steps(), api.Steps(), callback.Steps(), instance.Steps(), latency.Steps(),
		tracedispatcher.Steps(), admin.Steps(),
	)
}
