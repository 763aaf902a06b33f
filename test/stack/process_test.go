//go:build stack

package stack

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait: a loaded machine is slow, not broken.
const patience = 90 * time.Second

var build = struct {
	sync.Once
	path string
	err  error
}{}

// binary builds plume once, as deploy/Dockerfile does.
func binary(t *testing.T) string {
	t.Helper()
	build.Do(func() {
		var dir string
		if dir, build.err = os.MkdirTemp("", "plume-stack-"); build.err != nil {
			return
		}
		build.path = filepath.Join(dir, "plume")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", build.path, "./cmd/plume")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("build plume: %w\n%s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, path := range []string{build.path, jaegerBuild.path} {
		if path != "" {
			os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// output runs a command to its end and wants success.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", filepath.Base(name), args, err, out)
	}
	return string(out)
}

// process is a service of the compose file as a process.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

// Write collects what it says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// start starts a process; it ends with the test.
func start(t *testing.T, name, dir string, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p, p
	p.cmd.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(20 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.done
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(p.said(), 15))
		}
	})
	return p
}

func tail(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// find waits until the process has said what a pattern wants, and returns its first group.
func (p *process) find(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var found string
	eventually(t, p.name+" says "+pattern, func() error {
		if m := re.FindStringSubmatch(p.said()); m != nil {
			found = m[1]
			return nil
		}
		select {
		case <-p.done:
			t.Fatalf("%s ended: %s", p.name, tail(p.said(), 15))
		default:
		}
		return fmt.Errorf("not yet: %s", tail(p.said(), 3))
	})
	return found
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() error) {
	t.Helper()
	began := time.Now()
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("%s: not within %v: %v", what, patience, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// freePort is one that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

// memory is what a process keeps in memory, in KiB.
type memory struct {
	rss  int // all of it
	pss  int // its share where pages are shared
	anon int // what is in no file: heap and stacks
}

func (m memory) plus(o memory) memory { return memory{m.rss + o.rss, m.pss + o.pss, m.anon + o.anon} }

func (m memory) String() string {
	return fmt.Sprintf("%4d MB resident, of which %3d MB heap and stacks; %3d MB with shared pages divided", m.rss>>10, m.anon>>10, m.pss>>10)
}

func (p *process) memory(t *testing.T) memory {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		t.Skipf("memory cannot be read here: %v", err)
	}
	value := func(key string) int {
		m := regexp.MustCompile(`(?m)^` + key + `:\s+(\d+) kB`).FindSubmatch(b)
		if m == nil {
			t.Fatalf("no %s in %s", key, b)
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return memory{rss: value("Rss"), pss: value("Pss"), anon: value("Anonymous")}
}
