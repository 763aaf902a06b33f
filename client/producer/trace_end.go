package producer

import (
	"strconv"
	"sync/atomic"

	"github.com/plumemq/plume/internal/observ"
)

// sendEnd is what many sends have in common at their end.
type sendEnd struct {
	addr     string // that was asked last
	attempts int
	stored   bool // and if so
	broker   string
	queue    int32
	status   SendStatus
}

// attrs are what the span of such a send is told.
func (e *sendEnd) attrs() *observ.Prepared {
	attrs := append(observ.PeerAttrs(e.addr), observ.Int("rocketmq.attempts", e.attempts))
	if e.stored {
		attrs = append(attrs, observ.String("messaging.destination.partition.id", strconv.Itoa(int(e.queue))),
			observ.String("rocketmq.broker.name", e.broker), observ.String("rocketmq.send.status", e.status.String()))
	}
	return observ.Prepare(attrs...)
}

// sendEnds are the ends of the sends so far, by the number of the queue. Of one number there are hardly more than there are brokers: to
// compare so few takes less than to hash what they are told apart by.
type sendEnds [16]atomic.Pointer[[]keptEnd]

type keptEnd struct {
	sendEnd
	attrs *observ.Prepared
}

// manyEnds is how many are kept of a number.
const manyEnds = 64

func (s *sendEnds) of(e sendEnd) *observ.Prepared {
	list := &s[uint32(e.queue)%uint32(len(s))]
	known := list.Load()
	if known == nil {
		known = &[]keptEnd{}
	}
	for i := range *known {
		if kept := &(*known)[i]; kept.sendEnd == e {
			return kept.attrs
		}
	}
	made := keptEnd{e, e.attrs()}
	if n := len(*known); n < manyEnds {
		list.Store(new(append((*known)[:n:n], made))) // who came first is made once more if two come at once
	}
	return made.attrs
}
