package remoting_test

import (
	"testing"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// TestCallErrorText: a call that never had an address says none.
func TestCallErrorText(t *testing.T) {
	e := &remoting.CallError{Op: "invokeSync", Addr: "10.0.0.3:10911", Code: protocol.HeartBeat, Opaque: 4, Kind: remoting.ErrTimeout}
	if got, want := e.Error(), "invokeSync 10.0.0.3:10911 HEART_BEAT opaque=4: timeout"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e.Addr, e.Cause = "", remoting.ErrClosed
	if got, want := e.Error(), "invokeSync HEART_BEAT opaque=4: timeout: remoting is shut down"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
