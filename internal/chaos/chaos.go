package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Permissions of a broker, as its configuration has them.
const (
	permWrite = 2
	permRead  = 4
	permBoth  = permWrite | permRead
)

// ErrNoBroker is returned when there is nothing to break.
var ErrNoBroker = errors.New("no broker given")

// Config says what is broken and how often.
type Config struct {
	Brokers []string      // host:port, in the order in which they are broken
	Every   time.Duration // from the begin of one fault to the begin of the next
	For     time.Duration // how long a fault lasts; shorter than Every

	Metrics *metrics.Registry // nil: no metrics
	Logger  *zap.Logger       // nil: silent
	Say     func(string)      // hears of each change; nil: nobody
}

// fault is one way to break a broker.
type fault struct {
	name string
	perm int
}

func faults() []fault { return []fault{{"no_write", permRead}, {"no_read", permWrite}} }

// Chaos breaks and heals. Use it from one goroutine.
type Chaos struct {
	cfg    Config
	client *remoting.Client
	active metrics.GaugeVec
}

// New makes a Chaos that has not begun.
func New(cfg Config) (*Chaos, error) {
	if len(cfg.Brokers) == 0 {
		return nil, ErrNoBroker
	}
	if cfg.Logger == nil {
		cfg.Logger = zap.NewNop()
	}
	if cfg.Say == nil {
		cfg.Say = func(string) {}
	}
	c := &Chaos{cfg: cfg, active: cfg.Metrics.Gauge(metrics.DemoFaultActive)}
	for _, f := range faults() {
		c.active.With(f.name).Add(0) // there from the start, at nought
	}
	return c, cfg.Metrics.Err()
}

// Run breaks one thing after the other until ctx is done, and heals what is broken then.
func (c *Chaos) Run(ctx context.Context) error {
	c.client = remoting.NewClient(remoting.ClientConfig{Logger: c.cfg.Logger})
	defer c.client.Shutdown()
	for n := 0; ; n++ {
		began := time.Now()
		broker := c.cfg.Brokers[n%len(c.cfg.Brokers)]
		f := faults()[n/len(c.cfg.Brokers)%len(faults())]
		c.once(ctx, broker, f)
		if !wait(ctx, c.cfg.Every-time.Since(began)) {
			return nil
		}
	}
}

// once breaks a broker, waits and heals it. The healing does not depend on ctx: nothing must stay broken.
func (c *Chaos) once(ctx context.Context, broker string, f fault) {
	if err := c.permit(ctx, broker, f.perm); err != nil {
		c.cfg.Logger.Warn("could not break", zap.String("broker", broker), zap.String("fault", f.name), zap.Error(err))
		return
	}
	gauge := c.active.With(f.name)
	gauge.Add(1)
	c.cfg.Say(fmt.Sprintf("%s: %s for %v", broker, f.name, c.cfg.For))
	wait(ctx, c.cfg.For)
	heal := context.WithoutCancel(ctx)
	for err := c.permit(heal, broker, permBoth); err != nil; err = c.permit(heal, broker, permBoth) {
		c.cfg.Logger.Warn("could not heal", zap.String("broker", broker), zap.Error(err))
		if !wait(ctx, time.Second) {
			break // the program ends, and the broker is away
		}
	}
	gauge.Add(-1)
	c.cfg.Say(broker + ": healed")
}

// permit sets what clients may do with a broker.
func (c *Chaos) permit(ctx context.Context, broker string, perm int) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req := protocol.NewRequest(protocol.UpdateBrokerConfig, nil)
	req.Body = fmt.Appendf(nil, "brokerPermission=%d\n", perm)
	resp, err := c.client.InvokeSync(ctx, broker, req)
	if err != nil {
		return err //nolint:wrapcheck // it names the broker and the request
	}
	if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
		return &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: broker}
	}
	return nil
}

// wait is false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
