package main

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// The exit codes that scripts may rely on.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitUnreachable  = 3
	exitUnknownTopic = 4
	exitInterrupted  = 130
)

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// hintedError carries advice on what to do about it.
type hintedError struct {
	err  error
	hint string
}

func (e hintedError) Error() string { return e.err.Error() }
func (e hintedError) Unwrap() error { return e.err }

// withHint adds advice to an error; nil stays nil.
func withHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return hintedError{err, hint}
}

func exitCode(err error) int {
	var usage usageError
	switch {
	case errors.As(err, &usage), isCobraUsage(err):
		return exitUsage
	case errors.Is(err, protocol.TopicNotExist), errors.Is(err, client.ErrTopicNotExist):
		return exitUnknownTopic
	case errors.Is(err, remoting.ErrConnect):
		return exitUnreachable
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

// isCobraUsage recognises the error that cobra makes before any command is found.
func isCobraUsage(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command")
}

// hintFor is advice to print under an error of a command, or "".
func hintFor(cmd *cobra.Command, err error) string {
	var hinted hintedError
	var usage usageError
	switch {
	case errors.As(err, &hinted):
		return hinted.hint
	case errors.As(err, &usage), isCobraUsage(err):
		return "see " + cmd.CommandPath() + " --help"
	case errors.Is(err, protocol.TopicNotExist), errors.Is(err, client.ErrTopicNotExist):
		return "no broker of this name server has the topic or creates it: is its name right, is a broker registered, and has it autoCreateTopicEnable=true?"
	case errors.Is(err, remoting.ErrConnect):
		return "is the server running, and is this its address? The name server's is set with -n."
	}
	return ""
}

// explainListen turns "address in use" into an error that names the port and the flag that moves it.
func explainListen(err error, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return withHint(err, "the port is taken: stop the program that holds it, or choose another with "+flag)
	}
	return err
}
