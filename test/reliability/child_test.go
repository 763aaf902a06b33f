package reliability

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/message"
)

// childEnv holds a childSpec, as JSON, in the environment of a child.
const childEnv = "PLUME_RELIABILITY_CHILD"

// childSpec says what a child process is: a broker if Store is set, else a consumer.
type childSpec struct {
	NameServer string
	// Of a broker.
	Store     string
	Port      int
	SyncFlush bool
	Hoard     bool // on a disk that forgets: see hoarder
	// Of a consumer.
	Group, Topic string
}

// ready is the line by which a child says that it serves.
const ready = "ready"

// runChild is main of a child. It ends when its standard input does: with its parent at the latest.
func runChild(text string) int {
	var spec childSpec
	err := json.Unmarshal([]byte(text), &spec)
	if err == nil && spec.Store != "" {
		err = runBroker(spec)
	} else if err == nil {
		err = runConsumer(spec)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

// serve runs until standard input ends, and then stops.
func serve(start, stop func(context.Context) error) error {
	if err := start(context.Background()); err != nil {
		return err
	}
	fmt.Println(ready)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return stop(ctx)
}

// warnings logs to standard error, which the parent shows when a test fails.
func warnings() *zap.Logger {
	encoder := zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig())
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), zapcore.WarnLevel))
}

func runBroker(spec childSpec) error {
	deps := broker.Deps{Logger: warnings()}
	if spec.Hoard {
		deps.Disk = hoarder{disk.System}
	}
	b, err := broker.New(brokerConfig(spec), deps)
	if err != nil {
		return err
	}
	return serve(b.Start, b.Shutdown)
}

// brokerConfig makes everything small and hasty, so that a second of load rolls files, flushes, and saves offsets often: a kill
// then meets each of them in the act.
func brokerConfig(spec childSpec) broker.Config {
	cfg := broker.DefaultConfig()
	cfg.BrokerName, cfg.BrokerClusterName = brokerName, "ReliabilityCluster"
	cfg.Network.ListenPort, cfg.Network.VIPPort = spec.Port, false
	cfg.Register.NamesrvAddr, cfg.Register.Timeout = spec.NameServer, 2*time.Second
	cfg.Polling.FlushConsumerOffsetInterval = 200 * time.Millisecond
	cfg.Pools.Send.MaxWait = 10 * time.Second // a loaded machine is not what these tests are about
	s := &cfg.Store
	s.StorePathRootDir = spec.Store
	s.MappedFileSizeCommitLog, s.MappedFileSizeConsumeQueue = 512<<10, 20*200
	s.MaxHashSlotNum, s.MaxIndexNum = 500, 2000
	s.FlushIntervalCommitLog, s.FlushIntervalConsumeQueue = 50*time.Millisecond, 50*time.Millisecond
	s.DiskMaxUsedSpaceRatio, s.DiskSpaceCleanForciblyRatio, s.DiskSpaceWarningLevelRatio = 100, 100, 100
	if spec.SyncFlush {
		s.FlushDiskType = store.SyncFlush
	}
	return cfg
}

// runConsumer prints the id of each message before it acknowledges it: what was printed and delivered again is a redelivery, what
// was acknowledged was printed.
func runConsumer(spec childSpec) error {
	handle := func(_ context.Context, msgs []*message.MessageExt) error {
		for _, m := range msgs {
			if _, err := fmt.Fprintf(os.Stdout, "%s %d %d\n", m.MsgID, m.QueueID, m.QueueOffset); err != nil {
				return err
			}
		}
		return nil
	}
	c, err := consumer.New(spec.Group, handle, client.WithNameServers(spec.NameServer), client.WithLogger(warnings()),
		client.WithHeartbeatInterval(500*time.Millisecond), client.WithPollNameServerInterval(500*time.Millisecond),
		consumer.ConsumeFromFirst())
	if err != nil {
		return err
	}
	if err := c.Subscribe(spec.Topic, "*"); err != nil {
		return err
	}
	return serve(c.Start, c.Shutdown)
}
