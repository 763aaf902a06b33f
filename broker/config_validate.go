package broker

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/message"
)

// The broker roles. Java: store.config.BrokerRole.
const (
	asyncMaster = "ASYNC_MASTER"
	syncMaster  = "SYNC_MASTER"
)

// Validate reports every reason why a broker cannot run with this configuration, each naming its key, as one [ErrConfig].
func (c *Config) Validate() error {
	errs := append(c.validateIdentity(), c.validateAddresses()...)
	errs = append(errs, c.validatePools()...)
	errs = append(errs, c.validateMetrics()...)
	if err := c.Store.Validate(); err != nil {
		errs = append(errs, err)
	}
	if _, err := schedule.ParseLevels(c.Schedule.MessageDelayLevel); err != nil {
		errs = append(errs, fmt.Errorf("messageDelayLevel: %w", err))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

func (c *Config) validateIdentity() (errs []error) {
	for _, n := range []struct{ key, value string }{
		{"brokerName", c.BrokerName}, {"brokerClusterName", c.BrokerClusterName}, {"msgTraceTopicName", c.Topics.MsgTraceTopicName},
	} {
		if err := message.ValidateTopic(strings.ReplaceAll(n.value, ".", "_")); err != nil || strings.Contains(n.value, "..") {
			errs = append(errs, fmt.Errorf("%s=%q names a topic and is not a valid one", n.key, n.value))
		}
	}
	if c.BrokerRole != asyncMaster && c.BrokerRole != syncMaster {
		errs = append(errs, fmt.Errorf("brokerRole=%q: only %s and %s are supported", c.BrokerRole, asyncMaster, syncMaster))
	}
	if c.BrokerID != 0 {
		errs = append(errs, fmt.Errorf("brokerId=%d: only 0, a master, is supported", c.BrokerID))
	}
	if c.BrokerPermission&^6 != 0 {
		errs = append(errs, fmt.Errorf("brokerPermission=%d is not 0, 2, 4 or 6", c.BrokerPermission))
	}
	if c.Topics.DefaultTopicQueueNums < 1 || c.Topics.ReviveQueueNum < 1 {
		errs = append(errs, errors.New("defaultTopicQueueNums and reviveQueueNum must be positive"))
	}
	return errs
}

func (c *Config) validateAddresses() (errs []error) {
	if p := c.Network.ListenPort; p < 0 || p > 65535 || c.Network.VIPPort && p > 0 && p <= 2 {
		errs = append(errs, fmt.Errorf("listenPort=%d is not 0 or 3..65535", p))
	}
	if p := c.Network.HAListenPort; p < 0 || p > 65535 {
		errs = append(errs, fmt.Errorf("haListenPort=%d is not 0..65535", p))
	}
	for _, addr := range c.nameServers() {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			errs = append(errs, fmt.Errorf("namesrvAddr: %q is not host:port: %w", addr, err))
		}
	}
	if c.Register.Timeout <= 0 {
		errs = append(errs, errors.New("registerBrokerTimeoutMills must be positive"))
	}
	return errs
}

func (c *Config) validatePools() (errs []error) {
	for _, k := range c.poolKeys() {
		if n, ok := k.field.(*int); ok && *n < 1 {
			errs = append(errs, fmt.Errorf("%s=%d must be positive", k.name, *n))
		}
	}
	for _, k := range append(c.pollingKeys(), key{"flushDelayOffsetInterval", &c.Schedule.FlushDelayOffsetInterval, false}) {
		if d, ok := k.field.(*time.Duration); ok && *d <= 0 {
			errs = append(errs, fmt.Errorf("%s must be positive", k.name))
		}
	}
	return errs
}

// The exporter types that are supported. Java: common.metrics.MetricsExporterType.
const (
	MetricsDisabled   = "DISABLE"
	MetricsPrometheus = "PROM"
)

func (c *Config) validateMetrics() (errs []error) {
	m := &c.Metrics
	if m.ExporterType != MetricsDisabled && m.ExporterType != MetricsPrometheus {
		errs = append(errs, fmt.Errorf("metricsExporterType=%q: only %s and %s are supported", m.ExporterType, MetricsDisabled, MetricsPrometheus))
	}
	if p := m.PromExporterPort; p < 0 || p > 65535 {
		errs = append(errs, fmt.Errorf("metricsPromExporterPort=%d is not 0..65535", p))
	}
	if m.CardinalityLimit < 1 {
		errs = append(errs, fmt.Errorf("metricsOtelCardinalityLimit=%d must be positive", m.CardinalityLimit))
	}
	return errs
}

// nameServers are the addresses of namesrvAddr.
func (c *Config) nameServers() []string {
	return strings.FieldsFunc(c.Register.NamesrvAddr, func(r rune) bool { return r == ';' || r == ' ' })
}
