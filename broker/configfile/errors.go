package configfile

import "errors"

// ErrCorrupt says that neither the file nor its .bak can be read: starting would silently lose what they held.
var ErrCorrupt = errors.New("config file and its .bak are both unreadable")
