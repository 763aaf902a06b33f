package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// patience bounds every wait of the start-up.
const patience = 20 * time.Second

var errRoute = errors.New("the topic's route is not complete")

func (d *Demo) startNameServer(ctx context.Context) error {
	p, err := d.providers(ctx, serviceNamesrv, telemetry.Options{})
	if err != nil {
		return err
	}
	d.namesrv = d.newNameServer(p)
	if err := d.namesrv.start(ctx); err != nil {
		return portError(err, d.cfg.NamesrvPort, "the name server", "--namesrv-port")
	}
	d.onClose(d.namesrv.stop)
	d.say("name server", "%s", d.namesrv.address())
	return nil
}

func (d *Demo) startBrokers(ctx context.Context) error {
	for _, b := range []struct {
		name string
		port int
		flag string
	}{{serviceBrokerA, d.cfg.BrokerAPort, "--broker-a-port"}, {serviceBrokerB, d.cfg.BrokerBPort, "--broker-b-port"}} {
		p, err := d.providers(ctx, b.name, telemetry.Options{})
		if err != nil {
			return err
		}
		one := d.newBroker(p, b.name, b.port)
		if err := one.start(ctx); err != nil {
			if errors.Is(err, broker.ErrPortBusy) {
				return fmt.Errorf("%w: %d, for %s; choose another with %s", ErrPortBusy, b.port, b.name, b.flag)
			}
			return fmt.Errorf("%s: %w", b.name, err)
		}
		d.onClose(one.stop)
		d.brokers = append(d.brokers, one)
		d.say(b.name, "%s, registered", one.address())
	}
	return nil
}

// brokerConfig keeps a broker small: the demo stores a few messages at a time.
func (d *Demo) brokerConfig(name string, port int) broker.Config {
	cfg := broker.DefaultConfig()
	cfg.BrokerName, cfg.BrokerClusterName = name, cluster
	cfg.Network.BindAddress, cfg.Network.BrokerIP1 = host, host
	cfg.Network.ListenPort, cfg.Network.VIPPort = port, false
	cfg.Register.NamesrvAddr = d.namesrv.address()
	cfg.Register.Period = 10 * time.Second               // the shortest: a name server that was gone knows all again soon
	cfg.Pools.Send.Workers, cfg.Pools.Send.Queue = 1, 64 // enough for the load, and few enough to be seen full
	cfg.Pools.Send.MaxWait = cmp.Or(d.cfg.SendWait, cfg.Pools.Send.MaxWait)
	if d.cfg.DelayLevels != "" {
		cfg.Schedule.MessageDelayLevel = d.cfg.DelayLevels
	}
	cfg.Store.CleanResourceInterval = 500 * time.Millisecond // so that a full disk is noticed while somebody watches
	cfg.Store.StorePathRootDir = d.folder(name)
	cfg.Store.MappedFileSizeCommitLog = 64 << 20
	cfg.Store.MappedFileSizeConsumeQueue = 30_000 * 20
	cfg.Store.MaxHashSlotNum, cfg.Store.MaxIndexNum = 10_000, 40_000
	return cfg
}

// createTopic makes the demo's topic on both brokers, as an administrator would, and waits until the name server knows it. The
// producer is not asked: its own first look-up shall find its table empty.
//
// So is the group's retry topic: brokers would make it at the consumer's first heartbeat, and a consumer that asked for its route
// before both had registered it would not hear of the other one until the next poll.
func (d *Demo) createTopic(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	admin := remoting.NewClient(remoting.ClientConfig{Logger: d.log})
	defer admin.Shutdown()
	for topic, n := range map[string]int32{Topic: queues, message.RetryTopic(consumerGroup): 1} {
		if err := d.create(ctx, admin, topic, n); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	d.say("topic", "%s, %d queues on each broker", Topic, queues)
	return nil
}

// create makes a topic with n queues on each broker, and waits for its route.
func (d *Demo) create(ctx context.Context, admin *remoting.Client, topic string, n int32) error {
	for _, b := range d.brokers {
		req := protocol.NewRequest(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
			Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: n, WriteQueueNums: n, Perm: 6, TopicFilterType: "SINGLE_TAG",
		})
		resp, err := admin.InvokeSync(ctx, b.address(), req)
		if err != nil {
			return err //nolint:wrapcheck // says it all
		}
		if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
			return &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: b.address()}
		}
	}
	for !d.routed(ctx, admin, topic) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errRoute, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// routed says whether the name server leads to a topic on both brokers.
func (d *Demo) routed(ctx context.Context, admin *remoting.Client, topic string) bool {
	req := protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic})
	resp, err := admin.InvokeSync(ctx, d.namesrv.address(), req)
	if err != nil || protocol.ResponseCode(resp.Code) != protocol.Success {
		return false
	}
	var data route.TopicRouteData
	return data.Decode(resp.Body) == nil && len(data.QueueDatas) == len(d.brokers) && len(data.BrokerDatas) == len(d.brokers)
}
