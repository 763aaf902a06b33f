package namesrv

import (
	"fmt"
	"strconv"
	"time"
)

// DefaultPort is the name server's well-known port.
const DefaultPort = 9876

// Config is what a name server's conf file says, under Apache's keys (see [Config.Set]). [DefaultConfig] has Apache's defaults but
// for the bind address, which is loopback.
//
// Java: common.namesrv.NamesrvConfig and remoting.netty.NettyServerConfig (5.5.0).
type Config struct {
	BindAddress string // key bindAddress
	ListenPort  int    // key listenPort; 0 picks a free one

	RocketmqHome    string // key rocketmqHome; only reported
	KVConfigPath    string // key kvConfigPath; empty keeps KV values in memory only
	ConfigStorePath string // key configStorePath; only reported: updates by code 318 are not written to a file

	OrderMessageEnable             bool // key orderMessageEnable: routes carry ordered topics' configuration
	ReturnOrderTopicConfigToBroker bool // key returnOrderTopicConfigToBroker
	EnableAllTopicList             bool // key enableAllTopicList: code 206
	EnableTopicList                bool // key enableTopicList: codes 224 and 311 to 313

	ClientRequestThreadPoolNums          int // key clientRequestThreadPoolNums: workers for code 105
	ClientRequestThreadPoolQueueCapacity int // key clientRequestThreadPoolQueueCapacity
	DefaultThreadPoolNums                int // key defaultThreadPoolNums: workers for every other code
	DefaultThreadPoolQueueCapacity       int // key defaultThreadPoolQueueCapacity

	ScanNotActiveBrokerInterval   time.Duration // key scanNotActiveBrokerInterval, in ms
	UnRegisterBrokerQueueCapacity int           // key unRegisterBrokerQueueCapacity
	ServerChannelMaxIdleTime      time.Duration // key serverChannelMaxIdleTimeSeconds, in s

	SupportActingMaster               bool          // key supportActingMaster
	NotifyMinBrokerIDChanged          bool          // key notifyMinBrokerIdChanged
	DeleteTopicWithBrokerRegistration bool          // key deleteTopicWithBrokerRegistration
	NeedWaitForService                bool          // key needWaitForService: answer no route until WaitForService has passed
	WaitForService                    time.Duration // key waitSecondsForService, in s

	// EnableConfigUpdate lets code 318 change the keys that Mutable allows. Plume's own key enableConfigUpdate; off unless set.
	EnableConfigUpdate bool
}

// DefaultConfig is Apache's defaults, on loopback and without files.
func DefaultConfig() Config {
	return Config{
		BindAddress: "127.0.0.1", ListenPort: DefaultPort,
		ReturnOrderTopicConfigToBroker: true, EnableAllTopicList: true, EnableTopicList: true,
		ClientRequestThreadPoolNums: 8, ClientRequestThreadPoolQueueCapacity: 50000,
		DefaultThreadPoolNums: 16, DefaultThreadPoolQueueCapacity: 10000,
		ScanNotActiveBrokerInterval: 5 * time.Second, UnRegisterBrokerQueueCapacity: 3000,
		ServerChannelMaxIdleTime: 120 * time.Second, WaitForService: 45 * time.Second,
	}
}

// Validate reports the first value that cannot work, by its key.
func (c *Config) Validate() error {
	if c.ListenPort < 0 || c.ListenPort > 65535 {
		return fmt.Errorf("%w: listenPort=%d: want 0 to 65535", ErrConfig, c.ListenPort)
	}
	for _, positive := range []struct {
		key   string
		value int64
	}{
		{"clientRequestThreadPoolNums", int64(c.ClientRequestThreadPoolNums)},
		{"clientRequestThreadPoolQueueCapacity", int64(c.ClientRequestThreadPoolQueueCapacity)},
		{"defaultThreadPoolNums", int64(c.DefaultThreadPoolNums)},
		{"defaultThreadPoolQueueCapacity", int64(c.DefaultThreadPoolQueueCapacity)},
		{"scanNotActiveBrokerInterval", int64(c.ScanNotActiveBrokerInterval)},
		{"unRegisterBrokerQueueCapacity", int64(c.UnRegisterBrokerQueueCapacity)},
		{"serverChannelMaxIdleTimeSeconds", int64(c.ServerChannelMaxIdleTime)},
	} {
		if positive.value <= 0 {
			return fmt.Errorf("%w: %s must be positive", ErrConfig, positive.key)
		}
	}
	return nil
}

// Set changes the value of one key, spelled as in Apache's conf. The error wraps [ErrUnknownKey] or [ErrConfig].
func (c *Config) Set(key, value string) error {
	k, ok := lookup(key)
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownKey, key)
	}
	if err := k.set(c, value); err != nil {
		return fmt.Errorf("%w: %s=%s: %w", ErrConfig, key, value, err)
	}
	return nil
}

// Values is every key with its value as text.
func (c *Config) Values() map[string]string {
	out := make(map[string]string)
	for _, k := range keys() {
		out[k.name] = k.get(c)
	}
	return out
}

// Mutable says whether code 318 may change a key while the name server runs: only switches, nothing that names a place.
func Mutable(key string) bool {
	k, ok := lookup(key)
	return ok && k.mutable
}

// key binds a conf key to a field.
type key struct {
	name    string
	mutable bool
	get     func(*Config) string
	set     func(*Config, string) error
}

func lookup(name string) (key, bool) {
	for _, k := range keys() {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

func keys() []key {
	return []key{
		textKey("bindAddress", func(c *Config) *string { return &c.BindAddress }),
		countKey("listenPort", func(c *Config) *int { return &c.ListenPort }),
		textKey("rocketmqHome", func(c *Config) *string { return &c.RocketmqHome }),
		textKey("kvConfigPath", func(c *Config) *string { return &c.KVConfigPath }),
		textKey("configStorePath", func(c *Config) *string { return &c.ConfigStorePath }),
		switchKey("orderMessageEnable", true, func(c *Config) *bool { return &c.OrderMessageEnable }),
		switchKey("returnOrderTopicConfigToBroker", true, func(c *Config) *bool { return &c.ReturnOrderTopicConfigToBroker }),
		switchKey("enableAllTopicList", true, func(c *Config) *bool { return &c.EnableAllTopicList }),
		switchKey("enableTopicList", true, func(c *Config) *bool { return &c.EnableTopicList }),
		countKey("clientRequestThreadPoolNums", func(c *Config) *int { return &c.ClientRequestThreadPoolNums }),
		countKey("clientRequestThreadPoolQueueCapacity", func(c *Config) *int { return &c.ClientRequestThreadPoolQueueCapacity }),
		countKey("defaultThreadPoolNums", func(c *Config) *int { return &c.DefaultThreadPoolNums }),
		countKey("defaultThreadPoolQueueCapacity", func(c *Config) *int { return &c.DefaultThreadPoolQueueCapacity }),
		timeKey("scanNotActiveBrokerInterval", time.Millisecond, func(c *Config) *time.Duration { return &c.ScanNotActiveBrokerInterval }),
		countKey("unRegisterBrokerQueueCapacity", func(c *Config) *int { return &c.UnRegisterBrokerQueueCapacity }),
		timeKey("serverChannelMaxIdleTimeSeconds", time.Second, func(c *Config) *time.Duration { return &c.ServerChannelMaxIdleTime }),
		switchKey("supportActingMaster", true, func(c *Config) *bool { return &c.SupportActingMaster }),
		switchKey("notifyMinBrokerIdChanged", true, func(c *Config) *bool { return &c.NotifyMinBrokerIDChanged }),
		switchKey("deleteTopicWithBrokerRegistration", true, func(c *Config) *bool { return &c.DeleteTopicWithBrokerRegistration }),
		switchKey("needWaitForService", true, func(c *Config) *bool { return &c.NeedWaitForService }),
		timeKey("waitSecondsForService", time.Second, func(c *Config) *time.Duration { return &c.WaitForService }),
		switchKey("enableConfigUpdate", false, func(c *Config) *bool { return &c.EnableConfigUpdate }),
	}
}

func textKey(name string, field func(*Config) *string) key {
	return key{name: name,
		get: func(c *Config) string { return *field(c) },
		set: func(c *Config, v string) error { *field(c) = v; return nil },
	}
}

func switchKey(name string, mutable bool, field func(*Config) *bool) key {
	return key{name: name, mutable: mutable,
		get: func(c *Config) string { return strconv.FormatBool(*field(c)) },
		set: func(c *Config, v string) (err error) { *field(c), err = strconv.ParseBool(v); return err },
	}
}

func countKey(name string, field func(*Config) *int) key {
	return key{name: name,
		get: func(c *Config) string { return strconv.Itoa(*field(c)) },
		set: func(c *Config, v string) (err error) { *field(c), err = strconv.Atoi(v); return err },
	}
}

func timeKey(name string, unit time.Duration, field func(*Config) *time.Duration) key {
	return key{name: name,
		get: func(c *Config) string { return strconv.FormatInt(int64(*field(c)/unit), 10) },
		set: func(c *Config, v string) error {
			n, err := strconv.ParseInt(v, 10, 32)
			*field(c) = time.Duration(n) * unit
			return err
		},
	}
}
