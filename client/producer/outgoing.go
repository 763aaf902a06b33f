package producer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// communicationMode is the way a send is made.
//
// Java: client.impl.CommunicationMode (5.5.0).
type communicationMode int8

// The three modes.
const (
	modeSync communicationMode = iota
	modeAsync
	modeOneway
)

// String is the value of the span attribute rocketmq.communication_mode.
func (m communicationMode) String() string { return [...]string{"sync", "async", "oneway"}[m] }

// outgoing is one send under way: the message as it goes on the wire, and how far the send has come. The caller's message itself is
// never changed. It belongs to the goroutine that makes the present attempt.
type outgoing struct {
	msg     *message.Message // the caller's; for a batch its envelope
	batch   bool
	members []*message.Message // of a batch
	mode    communicationMode

	topic      string // with namespace
	id         string // UNIQ_KEY
	properties string // wire form
	body       []byte // compressed if sysFlag says so
	sysFlag    message.SysFlag

	deadline time.Time
	began    time.Time        // of the present attempt; before the first, of the send
	waited   bool             // before the first attempt, so that it begins later than the send
	attempt  int              // 0 for the first
	brokers  []string         // that failed
	stored   *SendResult      // of an attempt after which another broker was tried all the same
	addr     string           // of the broker asked last
	try      attempt          // the present attempt
	request  api.SendRequest  // what it sends, unless it is asynchronous
	answer   api.SendResponse // to it
	bound    api.Deadline     // of the first attempt's context

	refused observ.RefusedRoom // for its context, if the sampler refuses the trace

	queue    message.MessageQueue // the only queue, if fixed
	fixed    bool
	selector Selector // chooses the only queue, if set

	ctx    context.Context          //nolint:containedctx // the send span's: an asynchronous send outlives its call
	done   func(*SendResult, error) // of an asynchronous send
	step   observ.Step              // the send span
	start  time.Duration            // when the send began, where metrics are recorded
	halves atomic.Int32             // of an asynchronous send that are still running: the call, and the wait for the outcome
}

var outgoings = sync.Pool{New: func() any { return new(outgoing) }}

// newOutgoing is a send whose memory will be recycled at the end of its call.
func newOutgoing(msg *message.Message, mode communicationMode) *outgoing {
	out, _ := outgoings.Get().(*outgoing)
	out.msg, out.mode = msg, mode
	return out
}

// recycle makes out's memory that of another send, unless a hook was shown the request, which it may have kept.
func (p *Producer) recycle(out *outgoing) {
	if !p.hooked.Load() {
		*out = outgoing{}
		outgoings.Put(out)
	}
}

// retries says whether the send may be attempted again at all.
func (out *outgoing) retries() bool {
	return out.mode != modeOneway && !out.fixed && out.selector == nil
}
