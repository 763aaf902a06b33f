package demo

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
)

// ErrPortBusy is returned when somebody else listens on a port that the demo needs; the error names the port and the flag that
// moves it.
var ErrPortBusy = errors.New("port in use")

// ErrForwardToSelf is returned when spans are to be forwarded to the demo's own receiver.
var ErrForwardToSelf = errors.New("the demo cannot forward spans to its own receiver")

// host is where everything listens.
const host = "127.0.0.1"

// Config says where the demo's parts listen. Start from [DefaultConfig]; a port 0 picks a free one.
type Config struct {
	NamesrvPort  int
	BrokerAPort  int
	BrokerBPort  int
	SitePort     int
	OTLPGRPCPort int // negative: no receiver
	OTLPHTTPPort int // negative: no receiver

	// OTLPEndpoint also gets every span, beside the demo's own store; empty follows OTEL_EXPORTER_OTLP_ENDPOINT.
	OTLPEndpoint string
	// Forward also gets every span: the demo's own, and those that others send to its receivers. An OTLP/gRPC receiver, "host:port" or
	// a URL; it takes the place of OTLPEndpoint.
	Forward string
	// SiteHosts are names that the site answers to, beside localhost and loopback addresses: of a proxy, say.
	SiteHosts []string
	// Detail is how much is recorded at first; the site can change it. Zero means observ.Steps.
	Detail observ.Detail
	// BatchDelay is how long an ended span may wait before it reaches the store.
	BatchDelay time.Duration
	// StoreBytes bounds the memory of the trace store; 0 means 32 MiB.
	StoreBytes int
	// RoutePoll is how often the producer and the consumer ask for routes anew; 0 means the clients' own 30 s.
	RoutePoll time.Duration
	// DelayLevels replaces the brokers' delays, "1s 5s 10s 30s ..."; empty means Apache's.
	DelayLevels string
	// SendWait is how long a send may wait for a thread of a broker that is busy; 0 means Apache's 200 ms.
	SendWait time.Duration
	// Fault is on from the start, one of the ids of Faults; empty for none.
	Fault string
	// Progress is told what has started, a line each; nil is silent.
	Progress io.Writer
	// Logger hears what no line of progress says; nil is silent.
	Logger *zap.Logger
}

// DefaultConfig is RocketMQ's well-known ports, and 8088 for the site.
func DefaultConfig() Config {
	return Config{
		NamesrvPort: 9876, BrokerAPort: 10911, BrokerBPort: 10921, SitePort: 8088, OTLPGRPCPort: 4317, OTLPHTTPPort: 4318,
		BatchDelay: 50 * time.Millisecond,
	}
}

// needed are the ports that the demo cannot do without, with the flags that move them.
func (c *Config) needed() []struct {
	port       int
	what, flag string
} {
	return []struct {
		port       int
		what, flag string
	}{
		{c.NamesrvPort, "the name server", "--namesrv-port"},
		{c.BrokerAPort, "broker-a", "--broker-a-port"},
		{c.BrokerBPort, "broker-b", "--broker-b-port"},
		{c.SitePort, "the site", "--site-port"},
	}
}

// checkPorts fails on the first port that is taken, before anything has started.
func (c *Config) checkPorts() error {
	for _, n := range c.needed() {
		lis, err := listen(n.port)
		if err != nil {
			return portError(err, n.port, n.what, n.flag)
		}
		if err := lis.Close(); err != nil {
			return fmt.Errorf("probe port %d: %w", n.port, err)
		}
	}
	return nil
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", address(port)) //nolint:wrapcheck // callers say what for
}

// address is a port's; empty for a negative one, where nobody listens.
func address(port int) string {
	if port < 0 {
		return ""
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// portError says which flag moves the part whose port is taken.
func portError(err error, port int, what, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: %d, for %s; choose another with %s", ErrPortBusy, port, what, flag)
	}
	return fmt.Errorf("listen on port %d for %s (%s): %w", port, what, flag, err)
}

// ownReceiver says whether the OTLP endpoint in force is one of the demo's own receivers: exporting there, too, would store every
// span twice.
func (c *Config) ownReceiver() bool {
	endpoint := cmp.Or(c.Forward, c.OTLPEndpoint)
	for _, key := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if endpoint == "" {
			endpoint = os.Getenv(key)
		}
	}
	_, endpoint, _ = strings.Cut("://"+strings.TrimPrefix(strings.TrimPrefix(endpoint, "http://"), "https://"), "://")
	name, port, err := net.SplitHostPort(strings.TrimRight(endpoint, "/"))
	if err != nil {
		return false
	}
	ip := net.ParseIP(name)
	local := name == "localhost" || (ip != nil && ip.IsLoopback())
	return local && (port == strconv.Itoa(c.OTLPGRPCPort) || port == strconv.Itoa(c.OTLPHTTPPort))
}
