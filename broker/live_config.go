package broker

import (
	"context"
	"fmt"
	"sync/atomic"
)

// liveConfig are the settings that request 25 may change while the broker runs.
type liveConfig struct {
	permission      atomic.Int32
	autoCreateTopic atomic.Bool
	autoCreateGroup atomic.Bool
}

func (l *liveConfig) take(c *Config) {
	l.permission.Store(c.BrokerPermission)
	l.autoCreateTopic.Store(c.Topics.AutoCreateTopicEnable)
	l.autoCreateGroup.Store(c.Topics.AutoCreateSubscriptionGroup)
}

// current is the configuration with the live settings as they are now.
func (b *Broker) current() Config {
	c := b.cfg
	c.BrokerPermission = b.live.permission.Load()
	c.Topics.AutoCreateTopicEnable = b.live.autoCreateTopic.Load()
	c.Topics.AutoCreateSubscriptionGroup = b.live.autoCreateGroup.Load()
	return c
}

// FormatConfig is the configuration as a broker.conf.
func (b *Broker) FormatConfig() string {
	c := b.current()
	return c.Format()
}

// UpdateConfig changes settings by the lines of a broker.conf: all of them, or none if one may not be changed.
func (b *Broker) UpdateConfig(properties string) error {
	props, err := ParseProperties(properties)
	if err != nil {
		return err
	}
	c := b.current()
	permission := c.BrokerPermission
	for _, p := range props {
		if err := c.change(p); err != nil {
			return err
		}
	}
	if err := c.Validate(); err != nil {
		return err
	}
	b.live.take(&c)
	if c.BrokerPermission == permission {
		return nil
	}
	if err := b.topics.NextVersion(); err != nil {
		return err
	}
	return b.registerBrokerAll(context.Background())
}

// change sets one key that may be changed.
func (c *Config) change(p Property) error {
	for _, k := range c.keys() {
		if k.name == p.Name && k.mutable {
			return k.set(p.Value)
		}
	}
	return fmt.Errorf("%w: %s cannot be changed while the broker runs", ErrConfig, p.Name)
}
