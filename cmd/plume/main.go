package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	os.Exit(run(untilSignal(time.AfterFunc), os.Args[1:], os.Stdout, os.Stderr))
}

// untilSignal is a context that Ctrl-C ends. A second Ctrl-C ends the program the hard way, but only from a moment after the first on:
// timeout(1) and some supervisors signal a program and its process group, so that one stop arrives twice.
func untilSignal(after func(time.Duration, func()) *time.Timer) context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { after(time.Second, stop) })
	return ctx
}

// run is the program without its process: it parses args, runs the command until it ends or ctx does, and returns the exit
// code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if exitCode(err) == exitInterrupted {
		fmt.Fprintln(stderr, "plume: interrupted")
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "plume: %v\n", err)
	if hint := hintFor(cmd, err); hint != "" {
		fmt.Fprintf(stderr, "       %s\n", hint)
	}
	return exitCode(err)
}
