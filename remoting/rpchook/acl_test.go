package rpchook_test

import (
	"testing"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/rpchook"
)

// The signature is what Apache 5.5.0's AclClientRPCHook computes for the same request.
func TestACLSignsAsJavaDoes(t *testing.T) {
	req := protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "TopicTest"})
	req.Body = []byte("hello")
	req.ExtFields.Set("traceparent", "00-x-y-01")
	hook := rpchook.ACL(rpchook.Credentials{AccessKey: "key", SecretKey: "secret", SecurityToken: "token"})
	for range 2 { // signing again changes nothing
		if err := hook.DoBeforeRequest(t.Context(), "127.0.0.1:9876", req); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"AccessKey": "key", "SecurityToken": "token", "topic": "TopicTest", "Signature": "gGwzpMx7TS3LAsmGpYOVU7NI1iA=",
		} {
			if got := req.ExtFields.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
	}
}
