//go:build interop

package interop

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/test/interop/referee"
)

// sharedCluster is a name server and two brokers of Apache 5.5.0, a JVM each. They serve all tests that ask for them and leave them
// alive; each test has topics of its own.
type sharedCluster struct {
	*referee.NameServer
	brokers map[string]*referee.Broker
	atStart map[string]body.TopicConfig // broker-a's topics when it had just started
}

var (
	sharedMu  sync.Mutex // owns what follows
	sharedEnd []func()   // ends what has been started

	startShared = sync.OnceValues(func() (*sharedCluster, error) {
		apache, err := apache550()
		if err != nil {
			return nil, err
		}
		dir, err := os.MkdirTemp(binDir(), "shared-")
		if err != nil {
			return nil, err
		}
		ns, err := apache.StartNameServer(filepath.Join(dir, "namesrv"))
		if err != nil {
			return nil, err
		}
		atEnd(ns.Kill)
		c := &sharedCluster{NameServer: ns, brokers: map[string]*referee.Broker{}}
		names := []string{"broker-a", "broker-b"}
		brokers, errs := make([]*referee.Broker, len(names)), make([]error, len(names))
		var both sync.WaitGroup
		for i, name := range names {
			both.Go(func() {
				brokers[i], errs[i] = apache.StartBroker(filepath.Join(dir, name), referee.BrokerConfig{
					Name: name, NameServer: ns.Addr, Store: filepath.Join(dir, name, "store"),
				})
			})
		}
		both.Wait()
		for i, name := range names {
			if errs[i] == nil {
				atEnd(brokers[i].Kill)
				c.brokers[name] = brokers[i]
			}
		}
		if err := errors.Join(errs...); err != nil {
			return nil, err
		}
		c.atStart, err = allTopics(c.brokers["broker-a"])
		return c, err
	})
)

func atEnd(f func()) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	sharedEnd = append(sharedEnd, f)
}

func endShared() {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	for _, f := range sharedEnd {
		f()
	}
}

// allTopics are a broker's topics.
func allTopics(b *referee.Broker) (map[string]body.TopicConfig, error) {
	rc := remoting.NewClient(remoting.ClientConfig{})
	defer rc.Shutdown()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	resp, err := rc.InvokeSync(ctx, b.Addr, protocol.NewRequest(protocol.GetAllTopicConfig, nil))
	if err != nil {
		return nil, err
	}
	var all body.TopicConfigSerializeWrapper
	err = all.Decode(resp.Body)
	return all.TopicConfigTable, err
}

// createTopic makes a topic on both brokers and waits for its route.
func (c *sharedCluster) createTopic(t *testing.T, topic string, read, write, perm int32) {
	t.Helper()
	c.createTopicOn(t, topic, read, write, perm, slices.Collect(maps.Values(c.brokers))...)
}

// createTopicOn makes a topic on some of the brokers and waits for its route.
func (c *sharedCluster) createTopicOn(t *testing.T, topic string, read, write, perm int32, brokers ...*referee.Broker) {
	t.Helper()
	rc := bare(t, remoting.ClientConfig{})
	for _, b := range brokers {
		resp := invoke(t, rc, b.Addr, protocol.NewRequest(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
			Topic: topic, DefaultTopic: message.TopicAutoCreate, ReadQueueNums: read, WriteQueueNums: write, Perm: perm, TopicFilterType: "SINGLE_TAG",
		}))
		if resp.Code != 0 {
			t.Fatal(resp.Remark)
		}
	}
	eventually(t, "the topic's route", func() bool {
		data, ok := routeData(t, rc, c.Addr, topic)
		return ok && len(data.QueueDatas) == len(brokers)
	})
}

// maxOffset is how many messages a queue has had, once they are dispatched.
func (c *sharedCluster) maxOffset(t *testing.T, mq message.MessageQueue) int64 {
	t.Helper()
	var offset header.GetMaxOffsetResponseHeader
	resp := invoke(t, bare(t, remoting.ClientConfig{}), c.brokers[mq.BrokerName].Addr, protocol.NewRequest(protocol.GetMaxOffset,
		&header.GetMaxOffsetRequestHeader{Topic: mq.Topic, QueueID: mq.QueueID}))
	if err := resp.DecodeHeader(&offset); err != nil {
		t.Fatal(err)
	}
	return offset.Offset
}
