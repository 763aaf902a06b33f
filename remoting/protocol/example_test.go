package protocol_test

import (
	"errors"
	"fmt"

	"github.com/plumemq/plume/remoting/protocol"
)

func ExampleAppendFrame() {
	frame := protocol.AppendFrame(nil, protocol.NewResponse(protocol.TopicNotExist, "no such topic"))
	fmt.Printf("% x %s\n", frame[:8], frame[8:])
	// Output: 00 00 00 7b 00 00 00 77 {"code":17,"flag":1,"language":"GO","opaque":0,"remark":"no such topic","serializeTypeCurrentRPC":"JSON","version":513}
}

func ExampleResponseError() {
	var err error = &protocol.ResponseError{Code: protocol.TopicNotExist, Remark: "no route", Addr: "10.0.0.3:9876"}
	fmt.Println(err)
	fmt.Println(errors.Is(err, protocol.TopicNotExist), errors.Is(err, protocol.SystemBusy))
	// Output:
	// TOPIC_NOT_EXIST (17): no route [10.0.0.3:9876]
	// true false
}
