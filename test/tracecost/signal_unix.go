//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// halt stops a process where it is; proceed has it go on. One that has ended is no error.
func halt(pid int) error    { return tell(pid, syscall.SIGSTOP) }
func proceed(pid int) error { return tell(pid, syscall.SIGCONT) }

func tell(pid int, s syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}
