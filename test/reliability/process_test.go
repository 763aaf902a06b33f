package reliability

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait for a process.
const patience = 60 * time.Second

// process is a child process.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	ready  chan struct{} // closed when the child serves
	exited chan struct{} // closed when it is gone and its output read
	err    error         // how it ended; read after exited
	log    tail
}

// spawn starts a child. line gets what it prints once it is ready, on another goroutine; it may be nil.
func spawn(t *testing.T, spec childSpec, line func(string)) *process {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(os.Args[0]), ready: make(chan struct{}), exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	p.cmd.Stderr = &p.log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.watch(out, line)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("a child's last words:\n%s", p.log.String())
		}
	})
	return p
}

// watch reads the child's output and then waits for its end.
func (p *process) watch(out io.Reader, line func(string)) {
	defer close(p.exited)
	for scan := bufio.NewScanner(out); scan.Scan(); {
		if scan.Text() == ready {
			close(p.ready)
		} else if line != nil {
			line(scan.Text())
		}
	}
	p.err = p.cmd.Wait()
}

// awaitReady waits until the child serves.
func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	select {
	case <-p.ready:
	case <-p.exited:
		t.Fatalf("a child ended before it was ready: %v\n%s", p.err, p.log.String())
	case <-time.After(patience):
		t.Fatalf("a child is not ready after %v\n%s", patience, p.log.String())
	}
}

// kill is kill -9. It returns when the process is gone.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err) // not permitted to kill a child of one's own
	}
	<-p.exited
}

// stop ends the child in good order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.stdin.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatalf("a child does not stop\n%s", p.log.String())
	}
	if p.err != nil {
		t.Errorf("a child's stop: %v\n%s", p.err, p.log.String())
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write implements io.Writer.
func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const enough = 8 << 10
	l.buf = append(l.buf, p...)
	l.buf = l.buf[max(len(l.buf)-enough, 0):]
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
