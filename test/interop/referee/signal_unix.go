//go:build unix

package referee

import (
	"errors"
	"os"
	"syscall"
)

func interrupt(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

func halt(p *os.Process) error    { return tell(p, syscall.SIGSTOP) }
func proceed(p *os.Process) error { return tell(p, syscall.SIGCONT) }

// tell signals a process; that it has ended is no error.
func tell(p *os.Process, s syscall.Signal) error {
	if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}
