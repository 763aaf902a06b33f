package api

import (
	"fmt"

	"github.com/plumemq/plume/remoting/protocol"
)

// malformed is an answer that cannot be read.
func malformed(addr string, code protocol.RequestCode, err error) error {
	return fmt.Errorf("answer of %s to %s: %w", addr, code, err)
}
