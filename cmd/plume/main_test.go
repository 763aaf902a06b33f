//go:build unix

package main

import (
	"os"
	"os/signal"
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
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM) // the second may still be on its way to a thread when nobody else catches it
	select {
	case stop := <-hardFrom:
		stop()
	case <-time.After(10 * time.Second):
		t.Fatal("no signal ever ends the program the hard way")
	}
}
