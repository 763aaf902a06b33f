package consumer_test

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/remoting/protocol"
)

// A failure that lasts is one warning, and its end one notice; work that goes well is silent.
func TestLogsTellOfChanges(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		core, logs := observer.New(zap.InfoLevel)
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		f.start(t, nothing, consumer.ConsumeFromFirst(), client.WithLogger(zap.New(core)))
		settle(time.Minute)
		if n := logs.FilterMessage("queue assigned").Len(); n != 2 {
			t.Errorf("%d queues assigned", n)
		}
		logs.TakeAll()
		settle(10 * time.Minute)
		if logs.Len() != 0 {
			t.Errorf("nothing happened, but the log says %v", logs.All())
		}
		f.broker.Script(protocol.PullMessage, clustertest.Refuse(protocol.SystemError, "no"))
		settle(10 * time.Minute)
		f.broker.Script(protocol.PullMessage, nil)
		settle(time.Minute)
		for message, level := range map[string]string{"pull fails": "warn", "pull works again": "info"} {
			found := logs.FilterMessage(message).All()
			if len(found) != 2 || found[0].Level.String() != level {
				t.Errorf("%d times %q for 2 queues", len(found), message)
			}
		}
		if logs.Len() != 4 {
			t.Errorf("logs %v", logs.All())
		}
	})
}
