package e2e_test

import (
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/testcluster"
)

// orphans are the spans whose parent was not recorded.
func orphans(spans []sdktrace.ReadOnlySpan) (names []string) {
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.SpanContext().SpanID()] = true
	}
	for _, s := range spans {
		if s.Parent().IsValid() && !known[s.Parent().SpanID()] {
			names = append(names, s.Name())
		}
	}
	return names
}

// At semconv there are only the spans that the conventions name, and they still hang together: what is left out between them does not
// break the tree.
func TestSyncSendAtSemconv(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Detail: observ.Semconv})
	c.CreateTopic(t, topic, 1)
	bodies, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst(), oncePulled())
	p := c.NewProducer(t, "producers")
	c.Recorder.Quiet(t)
	send(t, p, "hello")
	want(t, bodies, "hello")
	golden(t, c, "semconv", "SEND_MESSAGE_V2", "process "+topic)
	if names := orphans(c.Recorder.Trace(lastTrace(t, c))); len(names) > 0 {
		t.Errorf("orphans: %v", names)
	}
	for _, s := range c.Recorder.Spans() {
		if s.SpanKind() == trace.SpanKindInternal {
			t.Errorf("%s is recorded at semconv", s.Name())
		}
	}
}

// At deep there are steps that no other level shows.
func TestSyncSendAtDeep(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Detail: observ.Deep})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	send(t, p, "hello")
	golden(t, c, "deep", "SEND_MESSAGE_V2")
	if names := orphans(c.Recorder.Trace(lastTrace(t, c))); len(names) > 0 {
		t.Errorf("orphans: %v", names)
	}
}

// A producer's level may change while it runs: the next send is recorded at the new one, also when the servers' is another.
func TestDetailChangesFromTheNextSendOn(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	ctl := client.NewDetailControl(client.DetailOff)
	p := c.NewProducer(t, "producers", client.WithDetailControl(ctl))
	warmUp(t, c, p)
	const stepServed = "remoting.server.SEND_MESSAGE_V2" // the last span of a send to end
	c.Recorder.WaitStep(t, stepServed)
	for _, l := range []struct {
		detail       client.Detail
		send, kernel int
	}{{client.DetailSteps, 1, 1}, {client.DetailOff, 0, 0}, {client.DetailSemconv, 1, 0}, {client.DetailDeep, 1, 1}} {
		c.Recorder.Reset()
		ctl.SetDetail(l.detail)
		send(t, p, "hello")
		sends, kernels := len(c.Recorder.Named("send "+topic)), len(c.Recorder.Named("sendKernelImpl"))
		if sends != l.send || kernels != l.kernel {
			t.Errorf("%v: %d sends and %d attempts are recorded, want %d and %d", l.detail, sends, kernels, l.send, l.kernel)
		}
		server := c.Recorder.WaitStep(t, stepServed)
		if hasParent := server.Parent().IsValid(); hasParent != (l.send > 0) {
			t.Errorf("%v: the broker's span has a parent: %v", l.detail, hasParent)
		}
	}
}

// process is a child of the send and linked to it, or only linked, as the consumer's option says; a batch is only linked.
func TestProcessParentOrLink(t *testing.T) {
	for name, tt := range map[string]struct {
		opts   []consumer.Option
		send   func(t *testing.T, p *producer.Producer)
		n      int
		parent bool
	}{
		"parent and link": {nil, func(t *testing.T, p *producer.Producer) { send(t, p, "1") }, 1, true},
		"link only":       {[]consumer.Option{consumer.WithLinkedProcess()}, func(t *testing.T, p *producer.Producer) { send(t, p, "1") }, 1, false},
		"batch":           {[]consumer.Option{consumer.WithBatchMaxSize(2)}, func(t *testing.T, p *producer.Producer) { send(t, p, "1"); send(t, p, "2") }, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := testcluster.Start(t, testcluster.Config{})
			c.CreateTopic(t, topic, 1)
			p := c.NewProducer(t, "producers")
			tt.send(t, p) // before the consumer is there, so that one pull brings all
			bodies, handle := received()
			c.NewConsumer(t, "consumers", topic, handle, append(tt.opts, consumer.ConsumeFromFirst())...)
			for range tt.n {
				<-bodies
			}
			process := c.Recorder.WaitNamed(t, "process "+topic)
			sends := c.Recorder.Named("send " + topic)
			if got := process.Parent().SpanID() == sends[0].SpanContext().SpanID(); got != tt.parent {
				t.Errorf("the send is its parent: %v", got)
			}
			var linked []string
			for _, l := range process.Links() {
				for _, s := range sends {
					if l.SpanContext.SpanID() == s.SpanContext().SpanID() {
						linked = append(linked, s.Name())
					}
				}
			}
			if len(linked) != tt.n || len(process.Links()) != tt.n+1 { // and the pull
				t.Errorf("%d links, to sends %s; want %d sends and the pull", len(process.Links()), strings.Join(linked, ", "), tt.n)
			}
		})
	}
}
