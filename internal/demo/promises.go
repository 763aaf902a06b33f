package demo

import (
	"errors"
	"fmt"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
)

var errLacks = errors.New("the trace lacks")

func lacks(format string, args ...any) error {
	return fmt.Errorf("%w "+format, append([]any{errLacks}, args...)...)
}

// spans are those of one step, by start.
func spans(t *tracestore.Trace, step string) []*tracestore.Span {
	var found []*tracestore.Span
	for _, s := range t.Spans {
		if s.Step() == step {
			found = append(found, s)
		}
	}
	return found
}

// sentTo wants a send whose attempts went as told: each is a broker's name, and the error that it ended with, empty for none.
func sentTo(t *tracestore.Trace, want ...[2]string) error {
	attempts := spans(t, "producer.sendKernelImpl")
	if len(attempts) != len(want) {
		return lacks("%d attempts: it has %d", len(want), len(attempts))
	}
	for i, a := range attempts {
		if name := a.Attr("rocketmq.broker.name"); name != want[i][0] {
			return lacks("attempt %d at %s: it went to %s", i, want[i][0], name)
		}
		if typ := a.Attr("error.type"); typ != want[i][1] {
			return lacks("attempt %d with the error %q: it has %q", i, want[i][1], typ)
		}
	}
	return nil
}

// retried is what every fault of broker-a promises: an attempt there that fails, and one at broker-b that does not.
func retried(errorType string) func(*tracestore.Trace) error {
	return func(t *tracestore.Trace) error {
		if err := sentTo(t, [2]string{serviceBrokerA, errorType}, [2]string{serviceBrokerB, ""}); err != nil {
			return err
		}
		if t.Root.Failed {
			return lacks("success in the end")
		}
		return nil
	}
}

// warm is a send that succeeds without a question to anybody but the broker.
func warm(t *tracestore.Trace) error {
	if s := t.ByStep("producer.send"); s == nil || s.Failed {
		return lacks("a send that succeeds")
	}
	route := t.ByStep("producer.tryToFindTopicPublishInfo")
	if route == nil || route.Attr("rocketmq.route.cache") != "hit" {
		return lacks("a route from the cache")
	}
	if t.ByStep("remoting.client.GET_ROUTEINFO_BY_TOPIC") != nil {
		return lacks("silence towards the name server")
	}
	return nil
}

// stale is a send that the name server led to a broker that is gone.
func stale(t *tracestore.Trace) error {
	if t.ByStep("namesrv.pickupTopicRouteData") == nil {
		return lacks("a question to the name server")
	}
	return retried("connect")(t)
}

// routeless is a send that ends where no route is given.
func routeless(t *tracestore.Trace) error {
	if s := t.ByStep("producer.send"); s == nil || !s.Failed {
		return lacks("a send that fails")
	}
	asked := t.ByStep("namesrv.getRouteInfoByTopic")
	if asked == nil || asked.Attr("error.type") != "SYSTEM_ERROR" {
		return lacks("a refusal by the name server")
	}
	if t.ByStep("producer.sendKernelImpl") != nil {
		return lacks("an end before any broker is tried")
	}
	return nil
}

// slowStep wants a step that takes at least d.
func slowStep(step string, d time.Duration) func(*tracestore.Trace) error {
	return func(t *tracestore.Trace) error {
		s := t.ByStep(step)
		if s == nil {
			return lacks("%s", step)
		}
		if s.Duration() < d {
			return lacks("%s of at least %v: it took %v", step, d, s.Duration())
		}
		return nil
	}
}

// slowWire wants a call that takes at least twice the delay, nearly all of it outside the broker.
func slowWire(delay time.Duration) func(*tracestore.Trace) error {
	return func(t *tracestore.Trace) error {
		if err := slowStep("remoting.client.SEND_MESSAGE_V2", 2*delay)(t); err != nil {
			return err
		}
		served := t.ByStep("remoting.server.SEND_MESSAGE_V2")
		if served == nil || served.Duration() > delay {
			return lacks("a broker that is quick")
		}
		return nil
	}
}

// timedOut is a send that fails by its deadline, having tried as often as it may.
func timedOut(t *tracestore.Trace) error {
	s := t.ByStep("producer.send")
	if s == nil || s.Attr("error.type") != "timeout" {
		return lacks("a send that times out")
	}
	if most := sendDeadline + sendDeadline/2; s.Duration() > most { // a busy machine wakes it late
		return lacks("an end within %v: it took %v", most, s.Duration())
	}
	if n := len(spans(t, "producer.sendKernelImpl")); n < 3 {
		return lacks("a third attempt: it has %d", n)
	}
	return nil
}

// sentBack is a message whose handler failed and that the broker took back for later.
func sentBack(t *tracestore.Trace) error {
	process := t.ByStep("consumer.process")
	if process == nil || !process.Failed {
		return lacks("a handler that fails")
	}
	if back := t.ByStep("consumer.sendMessageBack"); back == nil || back.Failed {
		return lacks("the message on its way back")
	}
	if t.ByStep("broker.SendMessageProcessor.consumerSendMsgBack") == nil {
		return lacks("the broker that takes it back")
	}
	return nil
}

// leftWell is a broker that says goodbye to the name server before it goes.
func leftWell(t *tracestore.Trace) error {
	down := t.ByStep("broker.shutdown")
	if down == nil || down.Resource.Service != serviceBrokerA {
		return lacks("the end of %s", serviceBrokerA)
	}
	if t.ByStep("outer.unregisterBrokerAll") == nil || t.ByStep("remoting.server.UNREGISTER_BROKER") == nil {
		return lacks("a goodbye to the name server")
	}
	return nil
}
