package admin

import (
	"context"
	"fmt"
	"sync"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/internal/observ"
)

// Admin asks name servers and brokers. Its methods may be called concurrently.
//
// Java: client.impl.MQAdminImpl (5.5.0).
type Admin struct {
	cfg       config.Client
	log       *zap.Logger
	component *observ.Component

	mu       sync.Mutex                 // owns instance
	instance *instance.MQClientInstance // from Start to Shutdown
}

// New makes one; it does nothing until started. An option that cannot work is a client.ErrInvalidConfig.
func New(opts ...client.Option) (*Admin, error) {
	all := config.Producer{Client: config.DefaultClient()}
	for _, o := range opts {
		o.ApplyProducer(&all)
	}
	cfg := all.Client
	cfg.Complete()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("admin: %w: %w", client.ErrInvalidConfig, err)
	}
	measure := cfg.Metrics()
	if err := measure.Err(); err != nil {
		return nil, fmt.Errorf("admin: %w: %w", client.ErrInvalidConfig, err)
	}
	return &Admin{cfg: cfg, log: cfg.Logger, component: cfg.Component(measure, "admin")}, nil
}

// Start makes it ready. It fails with client.ErrNoNameServer, or a second time with client.ErrAlreadyStarted.
func (a *Admin) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.instance != nil {
		return fmt.Errorf("admin: %w", client.ErrAlreadyStarted)
	}
	inst, err := instance.Acquire(a.cfg)
	if err == nil {
		if err = inst.Start(ctx); err == nil {
			a.instance = inst
			return nil
		}
		inst.Release()
	}
	return fmt.Errorf("admin: %w", err)
}

// Shutdown closes the connections; what is under way fails with remoting.ErrClosed. It may be started again.
func (a *Admin) Shutdown(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.instance != nil {
		a.instance.Release()
		a.instance = nil
	}
	return nil
}

func (a *Admin) started() (*instance.MQClientInstance, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.instance == nil {
		return nil, fmt.Errorf("admin: %w", client.ErrNotRunning)
	}
	return a.instance, nil
}
