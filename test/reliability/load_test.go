package reliability

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
)

// producers is how many producers send at once: most one by one, some with many in flight, some in batches.
const producers = 12

// load is producers at work.
type load struct {
	ledger ledger
	topic  string
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startLoad starts producers, which send to a topic until they are stopped, whatever happens to the broker.
func startLoad(t *testing.T, nameServer, topic string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{topic: topic, cancel: cancel}
	t.Cleanup(l.stop)
	for id := range producers {
		p, err := producer.New("reliability-producer", client.WithNameServers(nameServer), client.WithPollNameServerInterval(time.Second),
			client.WithHeartbeatInterval(time.Second), producer.WithCompressionOver(0))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		send := l.sendEach
		switch id % 4 {
		case 2:
			send = l.sendMany
		case 3:
			send = l.sendBatches
		}
		l.done.Go(func() {
			send(ctx, p, id)
			stopping, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := p.Shutdown(stopping); err != nil {
				t.Errorf("producer %d: %v", id, err)
			}
		})
	}
	return l
}

// stop ends the load and waits for what is in flight. A second call does nothing.
func (l *load) stop() {
	l.cancel()
	l.done.Wait()
}

// note enters the outcome of a send, of several messages if it was a batch. Only SEND_OK is a promise.
func (l *load) note(ctx context.Context, res *producer.SendResult, err error, bodies ...[]byte) {
	if err != nil || res.Status != producer.SendOK {
		l.ledger.fail()
		pause(ctx, 5*time.Millisecond)
		return
	}
	ids := strings.Split(res.MsgID, ",")
	acks := make([]ack, len(bodies))
	for i, body := range bodies {
		acks[i] = ack{place{res.MessageQueue.QueueID, res.QueueOffset + int64(i)}, seen{ids[i], hashOf(body)}}
	}
	l.ledger.acked(acks...)
}

// patient is a context for one send: a send that was begun is seen through, also when the load ends.
func patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 3*time.Second)
}

// sendEach sends one by one.
func (l *load) sendEach(ctx context.Context, p *producer.Producer, id int) {
	for seq := 0; ctx.Err() == nil; seq++ {
		body := newBody(id, seq)
		sending, cancel := patient()
		res, err := p.Send(sending, message.New(l.topic, body))
		cancel()
		l.note(ctx, res, err, body)
	}
}

// sendMany keeps several in flight.
func (l *load) sendMany(ctx context.Context, p *producer.Producer, id int) {
	slots := make(chan struct{}, 8)
	for seq := 0; ctx.Err() == nil; seq++ {
		slots <- struct{}{}
		body := newBody(id, seq)
		sending, cancel := patient()
		p.SendAsync(sending, message.New(l.topic, body), func(res *producer.SendResult, err error) {
			defer func() { cancel(); <-slots }()
			l.note(ctx, res, err, body)
		})
	}
	for range cap(slots) { // all of them are back
		slots <- struct{}{}
	}
}

// sendBatches sends five at a time.
func (l *load) sendBatches(ctx context.Context, p *producer.Producer, id int) {
	const size = 5
	for seq := 0; ctx.Err() == nil; seq += size {
		var bodies [][]byte
		var batch []*message.Message
		for i := range size {
			bodies = append(bodies, newBody(id, seq+i))
			batch = append(batch, message.New(l.topic, bodies[i]))
		}
		sending, cancel := patient()
		res, err := p.SendBatch(sending, batch)
		cancel()
		l.note(ctx, res, err, bodies...)
	}
}
