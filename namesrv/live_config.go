package namesrv

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/internal/properties"
	"github.com/plumemq/plume/namesrv/processor"
	"github.com/plumemq/plume/namesrv/routeinfo"
)

// liveConfig is the configuration as code 318 may change it. Readers take a snapshot.
type liveConfig struct {
	mu      sync.Mutex // one update at a time
	current atomic.Pointer[Config]
	changed func(*Config) // hears of each update
}

// Settings is what the processors go by now.
func (l *liveConfig) Settings() processor.Settings {
	c := l.current.Load()
	return processor.Settings{
		OrderMessageEnable: c.OrderMessageEnable, ReturnOrderTopicConfigToBroker: c.ReturnOrderTopicConfigToBroker,
		EnableAllTopicList: c.EnableAllTopicList, EnableTopicList: c.EnableTopicList,
		NeedWaitForService: c.NeedWaitForService, WaitForService: c.WaitForService,
	}
}

// Format is the configuration as properties text.
//
// Java: remoting.Configuration#getAllConfigsFormatString (5.5.0).
func (l *liveConfig) Format() string { return properties.Format(l.current.Load().Values()) }

// Update changes all of values or none. The error wraps [ErrImmutable], [ErrUnknownKey] or [ErrConfig].
//
// Java: remoting.Configuration#update (5.5.0), which has a list of what is forbidden where this has one of what is allowed.
func (l *liveConfig) Update(values map[string]string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := *l.current.Load()
	for name, value := range values {
		if !next.EnableConfigUpdate {
			return fmt.Errorf("%w: %s: start the name server with enableConfigUpdate=true to allow updates", ErrImmutable, name)
		}
		if _, known := lookup(name); known && !Mutable(name) {
			return fmt.Errorf("%w: %s: change the conf file and restart", ErrImmutable, name)
		}
		if err := next.Set(name, value); err != nil {
			return err
		}
	}
	l.current.Store(&next)
	l.changed(&next)
	return nil
}

func routeSettings(c *Config) routeinfo.Settings {
	return routeinfo.Settings{
		SupportActingMaster: c.SupportActingMaster, NotifyMinBrokerIDChanged: c.NotifyMinBrokerIDChanged,
		DeleteTopicWithBrokerRegistration: c.DeleteTopicWithBrokerRegistration,
	}
}
