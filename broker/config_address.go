package broker

import (
	"net"
	"os"
	"strconv"
)

func hostname() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "DEFAULT_BROKER"
}

func homeDir() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return dir
	}
	return "."
}

const loopback = "127.0.0.1"

// resolveAddresses fills in BindAddress and BrokerIP1: loopback for both when neither is set, else as Apache.
func (c *Config) resolveAddresses() {
	n := &c.Network
	switch {
	case n.BindAddress == "" && n.BrokerIP1 == "":
		n.BindAddress, n.BrokerIP1 = loopback, loopback
	case n.BindAddress == "":
		n.BindAddress = "0.0.0.0"
	case n.BrokerIP1 == "":
		n.BrokerIP1 = advertised(n.BindAddress)
	}
	if n.BrokerIP2 == "" {
		n.BrokerIP2 = n.BrokerIP1
	}
}

// MetricsAddr is where this configuration wants metrics to be served, "host:port"; empty if nowhere.
func (c Config) MetricsAddr() string {
	m := c.Metrics
	if m.ExporterType != MetricsPrometheus {
		return ""
	}
	if m.PromExporterHost == "" {
		c.resolveAddresses()
		m.PromExporterHost = c.Network.BrokerIP1
	}
	return net.JoinHostPort(m.PromExporterHost, strconv.Itoa(m.PromExporterPort))
}

// advertised is the address to tell clients when only the one to listen on is known.
func advertised(bind string) string {
	if ip := net.ParseIP(bind); ip != nil && !ip.IsUnspecified() {
		return bind
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return loopback
	}
	for _, a := range addrs {
		if ipNet, ok := a.(*net.IPNet); ok && ipNet.IP.To4() != nil && !ipNet.IP.IsLoopback() && !ipNet.IP.IsLinkLocalUnicast() {
			return ipNet.IP.String()
		}
	}
	return loopback
}
