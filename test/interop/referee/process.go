package referee

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Process is a running program whose output is kept. Its methods may be called concurrently.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and all output is read

	mu     sync.Mutex // guards what follows
	more   chan struct{}
	lines  []Line
	output []string
	err    error
}

// Spec says how to start a process.
type Spec struct {
	Name string // for messages
	Path string
	Args []string
	Env  []string // in addition to this process's
	Dir  string
}

// Start starts a process.
func Start(spec Spec) (*Process, error) {
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Dir = spec.Dir
	cmd.Env = append(os.Environ(), spec.Env...)
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = writer, writer
	err = cmd.Start()
	_ = writer.Close()
	if err != nil {
		_ = reader.Close()
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	p := &Process{name: spec.Name, cmd: cmd, done: make(chan struct{}), more: make(chan struct{})}
	go p.read(reader)
	return p, nil
}

func (p *Process) read(from io.ReadCloser) {
	defer close(p.done)
	defer from.Close()
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		p.add(scanner.Text())
	}
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	close(p.more)
}

func (p *Process) add(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output = append(p.output, text)
	if l, ok := parseLine(text); ok {
		p.lines = append(p.lines, l)
	}
	close(p.more)
	p.more = make(chan struct{})
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Lines are the JSON lines printed so far.
func (p *Process) Lines() []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Line(nil), p.lines...)
}

// Output is everything printed so far.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.output, "\n")
}

// Await waits until it has printed n lines of an event, and returns all of its lines.
func (p *Process) Await(ctx context.Context, event string, n int) ([]Line, error) {
	for {
		p.mu.Lock()
		lines, more := append([]Line(nil), p.lines...), p.more
		p.mu.Unlock()
		if len(Only(lines, event)) >= n {
			return lines, nil
		}
		select {
		case <-p.done:
			return lines, fmt.Errorf("%w: %s printed %d of %d %q lines\n%s", ErrEnded, p.name, len(Only(p.Lines(), event)), n, event, tail(p.Output(), 3000))
		case <-more:
		case <-ctx.Done():
			return lines, fmt.Errorf("%s: %w: %d of %d %q lines\n%s", p.name, ctx.Err(), len(Only(lines, event)), n, event, tail(p.Output(), 3000))
		}
	}
}

// Wait waits for its end and returns its lines; the error tells a bad exit status with the end of its output.
func (p *Process) Wait(ctx context.Context) ([]Line, error) {
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		return p.Lines(), fmt.Errorf("%s: %w\n%s", p.name, ctx.Err(), tail(p.Output(), 3000))
	}
	if p.err != nil {
		return p.Lines(), fmt.Errorf("%s: %w\n%s", p.name, p.err, tail(p.Output(), 3000))
	}
	return p.Lines(), nil
}

// Ended says whether it has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop asks it to end, and kills it if it has not within 20 s. The error is its exit status after being killed.
func (p *Process) Stop() error {
	_ = interrupt(p.cmd.Process)
	select {
	case <-p.done:
		return nil
	case <-time.After(20 * time.Second):
		p.Kill()
		return fmt.Errorf("%s did not stop within 20 s of SIGTERM and was killed", p.name)
	}
}

// Halt stops it where it is, until Proceed. Neither does anything to one that has ended.
func (p *Process) Halt() error { return halt(p.cmd.Process) }

// Proceed has it go on after Halt.
func (p *Process) Proceed() error { return proceed(p.cmd.Process) }

// Kill ends it at once and waits for that.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}
