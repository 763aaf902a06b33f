//go:build unix

package main

import (
	"syscall"
	"testing"
	"time"
)

// The same stop that arrives twice is one stop: until a moment has passed, a second signal does not end the program.
func TestAStopThatArrivesTwice(t *testing.T) {
	hardFrom := make(chan func(), 1)
	ctx := untilSignal(func(_ time.Duration, stop func()) *time.Timer {
		hardFrom <- stop
		return nil
	})
	for range 2 { // the second would end the tests if it ended the program
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
	}
	select {
	case stop := <-hardFrom:
		stop()
	case <-time.After(10 * time.Second):
		t.Fatal("no signal ever ends the program the hard way")
	}
}
