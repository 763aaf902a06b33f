package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumemq/plume/message"
)

// Handler processes messages of one queue, usually one at a time (see [WithBatchMaxSize]). ctx carries the trace of the
// message, so that what the handler calls continues it, and is cancelled when the consumer's shutdown runs out of patience.
//
// A nil error acknowledges all of msgs; [RetryFrom] acknowledges those before an index; any other error sends all of them back, to
// be delivered again after a delay that grows with each attempt. A panic counts as an error. The handler may keep the messages, but
// must not change them: what it fails on is sent back.
type Handler func(ctx context.Context, msgs []*message.MessageExt) error

// RetryFrom acknowledges msgs[:i] and sends msgs[i:] back because of err.
//
// Java: ConsumeConcurrentlyContext#setAckIndex.
func RetryFrom(i int, err error) error { return &retryError{from: i, err: err} }

type retryError struct {
	from int
	err  error
}

func (e *retryError) Error() string { return fmt.Sprintf("retry from message %d: %v", e.from, e.err) }

func (e *retryError) Unwrap() error { return e.err }

// acknowledged is how many of n messages a handler's error leaves acknowledged.
func acknowledged(n int, err error) int {
	if err == nil {
		return n
	}
	var retry *retryError
	if errors.As(err, &retry) {
		return min(max(retry.from, 0), n)
	}
	return 0
}
