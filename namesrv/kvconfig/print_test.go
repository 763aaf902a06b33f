package kvconfig_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/namesrv/kvconfig"
)

func TestAllValuesArePrintedAfterAMinuteAndThenEveryTen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := kvconfig.Load(disk.System, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"b", "a"} {
			if err := m.PutKVConfig("N", key, "value of "+key); err != nil {
				t.Fatal(err)
			}
		}
		core, logs := observer.New(zap.InfoLevel)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			m.PrintAllPeriodically(ctx, clock.System, zap.New(core))
			close(ended)
		}()
		for _, turn := range []struct {
			wait  time.Duration
			lines int
		}{{59 * time.Second, 0}, {2 * time.Second, 3}, {9 * time.Minute, 0}, {time.Minute, 3}, {10 * time.Minute, 3}} {
			time.Sleep(turn.wait)
			synctest.Wait()
			lines := logs.TakeAll()
			if len(lines) != turn.lines {
				t.Fatalf("after %v: %d lines, want %d", turn.wait, len(lines), turn.lines)
			}
			if len(lines) > 0 && (lines[1].ContextMap()["key"] != "a" || lines[2].ContextMap()["value"] != "value of b") {
				t.Errorf("%v, %v", lines[1].ContextMap(), lines[2].ContextMap())
			}
		}
		cancel()
		<-ended
	})
}
