package api

import (
	"context"
	"time"
)

// WithDeadline is ctx with a deadline that requests made with it keep, by the clock of the remoting client. Unlike
// context.WithDeadline it needs no timer: Done and Err stay those of ctx. A ctx that ends before t comes back as it is.
func WithDeadline(ctx context.Context, t time.Time) context.Context {
	if endsBefore(ctx, t) {
		return ctx
	}
	return &Deadline{ctx, t}
}

func endsBefore(ctx context.Context, t time.Time) bool {
	own, ok := ctx.Deadline()
	return ok && !t.Before(own)
}

// Deadline is the memory of a context with a deadline.
type Deadline struct {
	context.Context //nolint:containedctx // it is a context
	at              time.Time
}

// Of is [WithDeadline] in this memory, for who knows when the context is not used any more.
func (d *Deadline) Of(ctx context.Context, t time.Time) context.Context {
	if endsBefore(ctx, t) {
		return ctx
	}
	d.Context, d.at = ctx, t
	return d
}

// Deadline implements context.Context.
func (d *Deadline) Deadline() (time.Time, bool) { return d.at, true }
