package broker_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/store"
)

func TestParseConfig(t *testing.T) {
	c, unknown, err := broker.ParseConfig(`
# a broker.conf
brokerName = broker-b
brokerClusterName: Other
listenPort=10921
flushDiskType = SYNC_FLUSH
fileReservedTime = 48
waitTimeMillsInSendQueue = 300
namesrvAddr = a:9876;b:9876
autoCreateTopicEnable = false
aclEnable = true
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.BrokerName != "broker-b" || c.BrokerClusterName != "Other" || c.Network.ListenPort != 10921 || c.Store.FlushDiskType != store.SyncFlush ||
		c.Store.FileReservedTime != 48*time.Hour || c.Pools.Send.MaxWait != 300*time.Millisecond || c.Topics.AutoCreateTopicEnable {
		t.Errorf("parsed %+v", c)
	}
	if !slices.Equal(unknown, []string{"aclEnable"}) {
		t.Errorf("unknown keys %v", unknown)
	}
	again, _, err := broker.ParseConfig(c.Format())
	if err != nil || again.Format() != c.Format() {
		t.Errorf("the printed configuration does not read back: %v", err)
	}
}

func TestConfigErrorsNameTheKey(t *testing.T) {
	for text, key := range map[string]string{
		"listenPort=x": "listenPort", "brokerPermission=9": "brokerPermission", "brokerRole=SLAVE": "brokerRole", "brokerName=../x": "brokerName",
		"messageDelayLevel=1s 2y": "messageDelayLevel", "namesrvAddr=nohost": "namesrvAddr", "sendMessageThreadPoolNums=0": "sendMessageThreadPoolNums",
		"flushDiskType=NEVER": "flushDiskType", "maxMessageSize=0": "maxMessageSize", "channelExpiredTimeout=0": "channelExpiredTimeout",
	} {
		c, _, err := broker.ParseConfig(text)
		if err == nil {
			_, err = broker.New(c, broker.Deps{})
		}
		if !errors.Is(err, broker.ErrConfig) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v; want an error that names %s", text, err, key)
		}
	}
}
