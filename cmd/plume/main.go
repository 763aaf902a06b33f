package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program the hard way
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without its process: it parses args, runs the command until it ends or ctx does, and returns the exit
// code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if exitCode(err) == exitInterrupted {
		fmt.Fprintln(stderr, "plume: interrupted")
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "plume: %v\n", err)
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(stderr, "       %s\n", hint)
	}
	return exitCode(err)
}
