package producer

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/message"
)

// SendBatch sends several messages of one topic in one request (320), to one queue, and waits until they are stored: all of them or
// none. They must agree in their topic and in whether they wait to be stored safely (WAIT), and must be neither delayed nor of a
// retry topic. The bound on the size of a body holds for the batch. Batches are not compressed.
//
// Java: DefaultMQProducer#send(Collection) (5.5.0).
func (p *Producer) SendBatch(ctx context.Context, msgs []*message.Message) (*SendResult, error) {
	envelope, err := p.batch(msgs)
	if err != nil {
		return nil, err
	}
	return p.sendDefaultImpl(ctx, &outgoing{msg: envelope, mode: modeSync, batch: true, members: msgs})
}

// batch is the message that stands for all of them: its topic and their common settings.
//
// Java: DefaultMQProducer#batch, common.message.MessageBatch#generateFromList (5.5.0).
func (p *Producer) batch(msgs []*message.Message) (*message.Message, error) {
	if len(msgs) == 0 {
		return nil, fmt.Errorf("%w: empty batch", client.ErrMessageIllegal)
	}
	for i, msg := range msgs {
		if err := p.checkMessage(msg); err != nil {
			return nil, fmt.Errorf("message %d of the batch: %w", i, err)
		}
		if err := fitsBatch(msgs[0], msg); err != nil {
			return nil, fmt.Errorf("message %d of the batch: %w", i, err)
		}
	}
	return &message.Message{Topic: msgs[0].Topic}, nil
}

func fitsBatch(first, msg *message.Message) error {
	switch {
	case message.IsRetryTopic(msg.Topic):
		return fmt.Errorf("%w: topic %s is a retry topic", client.ErrMessageIllegal, msg.Topic)
	case msg.Topic != first.Topic:
		return fmt.Errorf("%w: topic %s, the first has %s", client.ErrMessageIllegal, msg.Topic, first.Topic)
	case isDelayed(msg):
		return fmt.Errorf("%w: it is delayed", client.ErrMessageIllegal)
	case msg.WaitStoreMsgOK() != first.WaitStoreMsgOK():
		return fmt.Errorf("%w: it differs in %s from the first", client.ErrMessageIllegal, message.PropertyWaitStoreMsgOK)
	}
	return nil
}

func isDelayed(msg *message.Message) bool {
	for _, name := range [...]string{
		message.PropertyDelayTimeLevel, message.PropertyTimerDelaySec, message.PropertyTimerDelayMS, message.PropertyTimerDeliverMS,
	} {
		if v := msg.Properties.Get(name); v != "" && v != "0" {
			return true
		}
	}
	return false
}

// encodeBatch writes the members into one body, each with an id of its own.
func (p *Producer) encodeBatch(out *outgoing) (err error) {
	copies := make([]*message.Message, len(out.members))
	ids := make([]string, len(out.members))
	for i, msg := range out.members {
		c := *msg
		ids[i] = p.uniqID(msg)
		c.Properties = append(make(message.Properties, 0, len(msg.Properties)+3), msg.Properties...)
		c.Properties.Set(message.PropertyUniqClientMessageIDKeyIdx, ids[i])
		setTraceContext(out, p, &c)
		copies[i] = &c
	}
	if out.body, err = message.EncodeBatch(copies); err != nil {
		return fmt.Errorf("%w: %w", client.ErrMessageIllegal, err)
	}
	out.id = strings.Join(ids, ",")
	return nil
}
