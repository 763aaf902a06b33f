package otlpwire

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// poll is a long poll under way. What it brings is known only at its end, so its spans are held until then, and sent or forgotten
// together: a consumer polls every queue for ever, and the polls of a quiet cluster would bury its messages.
type poll struct {
	root trace.SpanID

	mu   sync.Mutex // owns all below; held over no I/O
	held spanmsg.Pack
	over bool // the root has ended
	idle bool // ... and brought nothing
}

// placeOf is what a context says of the place of a span that is started with it.
func placeOf(ctx context.Context) (place observ.Place) {
	begins, within := observ.MayBeIdle(ctx)
	if begins {
		place |= observ.BeginsPoll
	}
	if within {
		place |= observ.WithinPoll
	}
	return place
}

// pollOf is the poll that a span started with ctx belongs to, nil if to none; a new one, still without a root, if it begins one.
func (p *Provider) pollOf(ctx context.Context, place observ.Place) *poll {
	if place&(observ.BeginsPoll|observ.WithinPoll) == 0 || p.config.KeepIdle {
		return nil
	}
	if parent, ok := trace.SpanFromContext(ctx).(*span); ok && parent.family.poll != nil {
		return parent.family.poll
	}
	if place&observ.BeginsPoll != 0 {
		return &poll{}
	}
	return nil
}

// ended takes the message of a span, which says of itself whether it is a poll that brought nothing.
func (p *poll) ended(s *span, message spanmsg.Packer, idle bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := s.family
	switch {
	case p.over && !p.idle:
		f.send(message, 1)
	case !p.over:
		message.PackInto(&p.held)
	}
	if s.id != p.root {
		return
	}
	p.over, p.idle = true, idle
	if !p.idle {
		f.send(&p.held, p.held.Len())
	}
	p.held = spanmsg.Pack{}
}
