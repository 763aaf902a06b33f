package admin

import "errors"

// ErrNoMessage says that no broker of the topic has such a message.
var ErrNoMessage = errors.New("no such message")
