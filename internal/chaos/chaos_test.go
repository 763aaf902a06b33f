package chaos_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/internal/chaos"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/telemetry"
)

func TestNothingToBreak(t *testing.T) {
	if _, err := chaos.New(chaos.Config{}); !errors.Is(err, chaos.ErrNoBroker) {
		t.Errorf("got %v", err)
	}
}

// A broker loses a permission and has it back when the program ends in the middle of a fault.
func TestBreaksAndHeals(t *testing.T) {
	cfg := broker.DefaultConfig()
	cfg.Network.BindAddress, cfg.Network.BrokerIP1, cfg.Network.ListenPort, cfg.Network.VIPPort = "127.0.0.1", "127.0.0.1", 0, false
	cfg.Store.StorePathRootDir, cfg.Store.MappedFileSizeCommitLog = t.TempDir(), 1<<20
	cfg.Store.MaxHashSlotNum, cfg.Store.MaxIndexNum = 1000, 4000
	b, err := broker.New(cfg, broker.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer b.Shutdown(context.Background())
	said := make(chan string, 8)
	registry := telemetry.NewRegistry()
	c, err := chaos.New(chaos.Config{
		Brokers: []string{b.Addr().String()}, Every: time.Hour, For: time.Hour, Metrics: metrics.New(registry, metrics.Options{}), Say: func(s string) { said <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	<-said
	if got := permission(t, b); got != "4" {
		t.Errorf("brokerPermission=%s while broken, want 4", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := permission(t, b); got != "6" {
		t.Errorf("brokerPermission=%s after the end, want 6", got)
	}
}

func permission(t *testing.T, b *broker.Broker) string {
	t.Helper()
	props, err := broker.ParseProperties(b.FormatConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range props {
		if p.Name == "brokerPermission" {
			return p.Value
		}
	}
	return ""
}
