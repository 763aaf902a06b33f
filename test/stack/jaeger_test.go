//go:build stack

package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// jaegerProgram is built from its module, which jaeger/go.mod pins.
const jaegerProgram = "github.com/jaegertracing/jaeger/cmd/jaeger"

// buildPatience bounds a build of Jaeger: two cores need four minutes when nothing is in Go's caches.
const buildPatience = 20 * time.Minute

var jaegerBuild = struct {
	sync.Once
	path string
	err  error
}{}

// errNoModules is a machine that has neither Jaeger's modules nor a way to them.
var errNoModules = errors.New("no Jaeger: its modules cannot be downloaded")

// jaegerBinary builds Jaeger once. Its error is errNoModules where that cannot be done.
func jaegerBinary(t *testing.T) (string, error) {
	t.Helper()
	jaegerBuild.Do(func() {
		began := time.Now()
		var dir string
		if dir, jaegerBuild.err = os.MkdirTemp("", "plume-jaeger-"); jaegerBuild.err != nil {
			return
		}
		jaegerBuild.path = filepath.Join(dir, "jaeger")
		if err := inJaegerModule("list", "-deps", jaegerProgram); err != nil {
			jaegerBuild.err = fmt.Errorf("%w: %w", errNoModules, err)
			return
		}
		fetched := time.Since(began)
		jaegerBuild.err = inJaegerModule("build", "-trimpath", "-ldflags=-s -w", "-o", jaegerBuild.path, jaegerProgram)
		t.Logf("Jaeger's modules were there after %v, its program after %v", fetched.Round(time.Second), time.Since(began).Round(time.Second))
	})
	return jaegerBuild.path, jaegerBuild.err
}

func inJaegerModule(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), buildPatience)
	defer cancel()
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr, cmd.Env = "jaeger", &complaint, append(os.Environ(), "CGO_ENABLED=0")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s in jaeger: %w\n%s", args[0], err, tail(complaint.String(), 5))
	}
	return nil
}

// jaeger is the real one. It runs on the compose file's configuration, in which only addresses and paths differ.
type jaeger struct {
	process *process
	health  string            // URL, as the compose file's health check has it
	ports   map[string]string // port of the compose network -> host:port
}

// api is an address of its query API and its pages.
func (j *jaeger) api(path string) string { return "http://" + j.ports["16686"] + path }

// startJaeger starts Jaeger before the others, which send to it. Where it cannot be built the stack runs without: the site forwards to a
// port where nobody listens, and what asks Jaeger is skipped.
func (s *stack) startJaeger(t *testing.T) {
	j := &jaeger{ports: map[string]string{}}
	for _, port := range []string{"4317", "4318", "8889", "13133", "16686"} {
		j.ports[port] = freePort(t)
	}
	s.forward = j.ports["4317"]
	program, err := jaegerBinary(t)
	switch {
	case errors.Is(err, errNoModules) && !everythingHolds():
		s.noJaeger = err.Error()
		return
	case err != nil:
		t.Fatal(err)
	}
	svc := s.project.Services["jaeger"]
	config := j.configuration(t, bound(svc, "/etc/jaeger/config.yaml"), map[string]string{
		"/etc/jaeger/ui.json": bound(svc, "/etc/jaeger/ui.json"), "http://prometheus:9090": s.prometheus,
	})
	file := filepath.Join(s.dir, "jaeger.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--set=extensions.jaeger_query.grpc.endpoint=127.0.0.1:0"} // nobody asks there
	for _, a := range svc.Command {
		args = append(args, strings.ReplaceAll(a, "/etc/jaeger/config.yaml", file))
	}
	j.process = start(t, "jaeger", s.dir, nil, program, args...)
	check := svc.HealthCheck.Test
	j.health = replaceOnce(t, check[len(check)-1], "127.0.0.1:13133", j.ports["13133"])
	s.jaeger = j
}

// configuration is Jaeger's file with addresses and paths of this machine in the place of those of the compose network.
func (j *jaeger) configuration(t *testing.T, file string, places map[string]string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for port, here := range j.ports {
		text = replaceOnce(t, text, "0.0.0.0:"+port, here)
	}
	for there, here := range places {
		text = replaceOnce(t, text, there, here)
	}
	return text
}

// replaceOnce replaces what must be there exactly once.
func replaceOnce(t *testing.T, text, old, new string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%s is there %d times, want once, in\n%s", old, n, text)
	}
	return strings.Replace(text, old, new, 1)
}

// withJaeger skips a test where Jaeger could not be built.
func (s *stack) withJaeger(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		if s.jaeger == nil {
			t.Skip(s.noJaeger)
		}
		test(t)
	}
}

// Jaeger takes the compose file's configuration as it is, without a warning, and is healthy by the compose file's own check.
func (s *stack) jaegerStarts(t *testing.T) {
	eventually(t, "Jaeger is healthy", func() error { return fetch(s.jaeger.health, nil) })
	for line := range strings.Lines(s.jaeger.process.said()) {
		// The module comes without the UI's bundle, which only the image has. The first line is its version, which it has from the image, too.
		if !strings.Contains(line, "ui assets not embedded") && !strings.Contains(line, "application version:") {
			t.Errorf("Jaeger said: %s", line)
		}
	}
}

// everythingHolds tells whether a test that cannot run is a failure: in CI, where all that is needed gets installed.
func everythingHolds() bool { return os.Getenv("CI") != "" }

// missing ends a test for want of a program.
func missing(t *testing.T, what string) {
	t.Helper()
	if everythingHolds() {
		t.Fatal(what)
	}
	t.Skip(what)
}
