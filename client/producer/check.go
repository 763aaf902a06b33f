package producer

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// checkSend refuses what cannot be sent, and prepares what all attempts share: the deadline, the id, the properties.
func (p *Producer) checkSend(ctx context.Context, out *outgoing) error {
	if err := p.makeSureStateOK(); err != nil {
		return err
	}
	if !out.batch {
		if err := p.checkMessage(out.msg); err != nil {
			return err
		}
	}
	out.began = p.clock.Now()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = out.began.Add(p.cfg.SendMsgTimeout)
	}
	out.deadline, out.topic = deadline, p.cfg.WithNamespace(out.msg.Topic)
	if out.fixed && out.queue.Topic != out.topic {
		return fmt.Errorf("%w: topic %s, but a queue of %s", client.ErrMessageIllegal, out.topic, out.queue.Topic)
	}
	if err := p.prepare(out); err != nil {
		return err
	}
	if len(out.properties) > message.MaxPropertiesSize {
		return fmt.Errorf("%w: properties of %d bytes, at most %d", client.ErrMessageIllegal, len(out.properties), message.MaxPropertiesSize)
	}
	if len(out.body) > p.cfg.MaxMessageSize {
		return fmt.Errorf("%w: batch of %d bytes, at most %d", client.ErrMessageIllegal, len(out.body), p.cfg.MaxMessageSize)
	}
	return nil
}

// checkMessage refuses messages that no broker would take, with client.ErrMessageIllegal and the reason.
//
// Java: client.Validators#checkMessage (5.5.0).
func (p *Producer) checkMessage(msg *message.Message) error {
	switch {
	case msg == nil:
		return fmt.Errorf("%w: nil", client.ErrMessageIllegal)
	case len(msg.Body) == 0:
		return fmt.Errorf("%w: empty body", client.ErrMessageIllegal)
	case len(msg.Body) > p.cfg.MaxMessageSize:
		return fmt.Errorf("%w: body of %d bytes, at most %d", client.ErrMessageIllegal, len(msg.Body), p.cfg.MaxMessageSize)
	}
	if err := message.ValidateTopic(msg.Topic); err != nil {
		return fmt.Errorf("%w: %w", client.ErrMessageIllegal, err)
	}
	if message.IsNotAllowedSendTopic(msg.Topic) {
		return fmt.Errorf("%w: topic %s is the system's own", client.ErrMessageIllegal, msg.Topic)
	}
	for i := range msg.Properties {
		if pr := &msg.Properties[i]; strings.ContainsAny(pr.Name, "\x01\x02") || strings.ContainsAny(pr.Value, "\x01\x02") {
			return fmt.Errorf("%w: property %d of %d contains a separator, \\x01 or \\x02", client.ErrMessageIllegal, i+1, len(msg.Properties)) // spans tell no names
		}
	}
	return nil
}

// setReconsumeTimes moves what a message on its way to a retry topic says of its retries from the properties to the header.
func setReconsumeTimes(h *header.SendMessageRequestHeaderV2, msg *message.Message) {
	if n, ok := number(msg, message.PropertyReconsumeTime); ok {
		h.ReconsumeTimes = n
	}
	if n, ok := number(msg, message.PropertyMaxReconsumeTimes); ok {
		h.MaxReconsumeTimes = protocol.SomeInt32(n)
	}
}

func number(msg *message.Message, name string) (int32, bool) {
	n, err := strconv.ParseInt(msg.Properties.Get(name), 10, 32)
	return int32(n), err == nil
}

// brokerVIPChannel is the broker's port for the hurried, port-2, when the producer is set to use it.
//
// Java: common.MixAll#brokerVIPChannel (5.5.0).
func (p *Producer) brokerVIPChannel(addr string) string {
	if !p.cfg.VIPChannel {
		return addr
	}
	host, port, err := net.SplitHostPort(addr)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil {
		return addr
	}
	return net.JoinHostPort(host, strconv.Itoa(n-2))
}
