package referee

import "errors"

// ErrNoJava says that java, javac or mvn is missing on this machine.
var ErrNoJava = errors.New("interop needs java, javac and mvn on the PATH")

// ErrNotReady says that a server did not answer in time.
var ErrNotReady = errors.New("not ready in time")

// ErrEnded says that a process ended before it printed what was awaited.
var ErrEnded = errors.New("process ended early")
