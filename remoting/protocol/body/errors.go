package body

import "errors"

// ErrMalformed says that a deflated registration or a topic in it breaks its format.
var ErrMalformed = errors.New("malformed body")
