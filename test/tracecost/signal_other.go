//go:build !unix

package main

import "errors"

var errNoSignals = errors.New("processes cannot be stopped and continued on this system")

func halt(int) error    { return errNoSignals }
func proceed(int) error { return errNoSignals }
