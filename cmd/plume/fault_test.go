package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runDemo runs a demo on free ports until the test ends.
func runDemo(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errs safeBuffer
	done := make(chan int, 1)
	args = append([]string{"demo", "--site-port=0", "--namesrv-port=0", "--broker-a-port=0", "--broker-b-port=0", "--otlp-grpc-port=-1", "--otlp-http-port=-1"}, args...)
	go func() { done <- run(ctx, args, &out, &errs) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("the demo ended with %d: %s", code, errs.String())
		}
	})
	for deadline := time.Now().Add(time.Minute); !strings.Contains(out.String(), "Open http://"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the demo does not start: %s%s", out.String(), errs.String())
		}
	}
}

func TestFaultsOfARunningDemo(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Run("while it runs", func(t *testing.T) {
		runDemo(t, "--fault", "disk-slow")
		if code, out, errs := plume(t, "fault", "list"); code != exitOK || !strings.Contains(out, "* disk-slow") || !strings.Contains(out, "  broker-kill") {
			t.Errorf("list: %d %s%s", code, out, errs)
		}
		if code, out, errs := plume(t, "fault", "on", "no-route"); code != exitOK || !strings.Contains(out, "no-route is on") || !strings.Contains(out, "/trace/") {
			t.Errorf("on: %d %s%s", code, out, errs)
		}
		if code, out, errs := plume(t, "fault", "off", "no-route"); code != exitOK || !strings.Contains(out, "disk-slow is on") || strings.Contains(out, "no-route") {
			t.Errorf("off: %d %s%s", code, out, errs)
		}
		if code, out, errs := plume(t, "fault", "clear"); code != exitOK || !strings.Contains(out, "nothing is broken") {
			t.Errorf("clear: %d %s%s", code, out, errs)
		}
		if code, _, errs := plume(t, "fault", "on", "everything"); code != exitFailed || !strings.Contains(errs, "no such fault") {
			t.Errorf("an unknown one: %d %s", code, errs)
		}
		doors, _ := filepath.Glob(filepath.Join(cache, "plume", "*.json"))
		if len(doors) == 0 {
			t.Error("no door was left open")
		}
		for _, door := range doors {
			if info, err := os.Stat(door); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", door, info.Mode(), err)
			}
		}
	})
	if left, _ := filepath.Glob(filepath.Join(cache, "plume", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if code, _, errs := plume(t, "fault", "list"); code != exitFailed || !strings.Contains(errs, "no demo") {
		t.Errorf("without a demo: %d %s", code, errs)
	}
}

func TestListFaults(t *testing.T) {
	if code, out, _ := plume(t, "demo", "--list-faults"); code != exitOK || strings.Count(out, "\n") < 12 || !strings.Contains(out, "net-blackhole") {
		t.Errorf("%d %s", code, out)
	}
	if code, _, errs := plume(t, "demo", "--fault", "everything"); code != exitUsage || !strings.Contains(errs, "--list-faults") {
		t.Errorf("an unknown fault: %d %s", code, errs)
	}
}
