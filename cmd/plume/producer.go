package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
)

// sendModes are the ways to send, as --mode spells them.
var sendModes = [...]string{"sync", "async", "oneway"}

func checkMode(mode string) error {
	for _, m := range sendModes {
		if m == mode {
			return nil
		}
	}
	return usageError{fmt.Errorf("--mode %s: want %s", mode, strings.Join(sendModes[:], ", "))}
}

// startProducer makes and starts a producer of a group.
func (f *clientFlags) startProducer(ctx context.Context, env *environment, group string, extra ...producer.Option) (*producer.Producer, error) {
	var opts []producer.Option
	for _, o := range f.options(env) {
		opts = append(opts, o)
	}
	p, err := producer.New(group, append(opts, extra...)...)
	if err != nil {
		return nil, usageError{err}
	}
	if err := p.Start(ctx); err != nil {
		return nil, fmt.Errorf("start producer (name servers %s): %w", f.nameServers, err)
	}
	return p, nil
}

// stopProducer waits for what is under way.
func stopProducer(p *producer.Producer, err *error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	*err = errors.Join(*err, p.Shutdown(ctx))
}

// sender sends one message in some mode and tells done, once. It may return before it does.
type sender func(ctx context.Context, p *producer.Producer, msg *message.Message, done func(*producer.SendResult, error))

// senderOf is the sender of a mode.
func senderOf(mode string) sender {
	switch mode {
	case "async":
		return func(ctx context.Context, p *producer.Producer, msg *message.Message, done func(*producer.SendResult, error)) {
			p.SendAsync(ctx, msg, done)
		}
	case "oneway":
		return func(ctx context.Context, p *producer.Producer, msg *message.Message, done func(*producer.SendResult, error)) {
			done(nil, p.SendOneway(ctx, msg))
		}
	}
	return func(ctx context.Context, p *producer.Producer, msg *message.Message, done func(*producer.SendResult, error)) {
		done(p.Send(ctx, msg))
	}
}

// await turns a sender into a call that returns when the message's fate is known.
func await(ctx context.Context, send sender, p *producer.Producer, msg *message.Message) (res *producer.SendResult, err error) {
	var wg sync.WaitGroup
	wg.Add(1)
	send(ctx, p, msg, func(r *producer.SendResult, e error) {
		res, err = r, e
		wg.Done()
	})
	wg.Wait()
	return res, err
}
