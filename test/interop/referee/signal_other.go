//go:build !unix

package referee

import (
	"errors"
	"os"
)

var errNoSignals = errors.New("processes cannot be stopped and continued on this system")

func interrupt(p *os.Process) error { return p.Kill() }

func halt(*os.Process) error    { return errNoSignals }
func proceed(*os.Process) error { return errNoSignals }
