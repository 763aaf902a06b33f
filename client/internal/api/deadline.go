package api

import (
	"context"
	"time"
)

// WithDeadline is ctx with a deadline that requests made with it keep, by the clock of the remoting client. Unlike
// context.WithDeadline it needs no timer: Done and Err stay those of ctx. A ctx that ends before t comes back as it is.
func WithDeadline(ctx context.Context, t time.Time) context.Context {
	if own, ok := ctx.Deadline(); ok && !t.Before(own) {
		return ctx
	}
	return &deadlineContext{Context: ctx, deadline: t}
}

type deadlineContext struct {
	context.Context
	deadline time.Time
}

// Deadline implements context.Context.
func (c *deadlineContext) Deadline() (time.Time, bool) { return c.deadline, true }
