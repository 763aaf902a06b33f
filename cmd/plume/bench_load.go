package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
)

// load keeps a number of messages in flight until stopped.
type load struct {
	producer *producer.Producer
	topic    string
	body     []byte
	inFlight int
	mode     string
	meter    *meter

	cancel  context.CancelFunc
	running sync.WaitGroup // messages in flight and the loops that send them
}

func newLoad(p *producer.Producer, topic string, f *benchFlags) *load {
	l := &load{producer: p, topic: topic, body: make([]byte, f.size), inFlight: f.inFlight, mode: f.mode, meter: newMeter()}
	random := rand.NewChaCha8([32]byte{}) // the same in every run, and not compressible
	_, _ = random.Read(l.body)
	return l
}

func (l *load) message() *message.Message { return message.New(l.topic, l.body) }

// start begins to send: one chain of messages for each that may be in flight.
func (l *load) start(ctx context.Context) {
	ctx, l.cancel = context.WithCancel(ctx)
	for i := range l.inFlight {
		l.running.Go(func() { l.chain(ctx, l.meter.of(i)) })
	}
}

// chain sends one message after the other.
func (l *load) chain(ctx context.Context, s *shard) {
	send := l.call()
	msg, began := l.message(), time.Now()
	for ctx.Err() == nil {
		err := send(msg)
		took := time.Since(began)
		s.record(took, err)
		began = began.Add(took)
	}
}

// call is a function that sends a message and returns once its fate is known, also when the run has ended meanwhile.
func (l *load) call() func(*message.Message) error {
	ctx := context.Background()
	switch l.mode {
	case "async":
		finished := make(chan error, 1)
		done := func(_ *producer.SendResult, err error) { finished <- err }
		return func(msg *message.Message) error {
			l.producer.SendAsync(ctx, msg, done)
			return <-finished
		}
	case "oneway":
		return func(msg *message.Message) error { return l.producer.SendOneway(ctx, msg) }
	}
	return func(msg *message.Message) error {
		_, err := l.producer.Send(ctx, msg)
		return err
	}
}

// stop ends the chains after their present messages.
func (l *load) stop() {
	l.cancel()
	l.running.Wait()
}
