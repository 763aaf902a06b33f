package header_test

import (
	"errors"
	"fmt"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// A header is written straight into a frame, and read back from the frame's ext fields.
func Example() {
	request := protocol.NewRequest(protocol.QueryConsumerOffset, &header.QueryConsumerOffsetRequestHeader{
		ConsumerGroup: "billing", Topic: "Orders", QueueID: 3,
	})
	frame := protocol.AppendFrame(nil, request)

	received, err := protocol.DecodeFrame(frame[4:])
	if err != nil {
		fmt.Println(err)
	}
	var h header.QueryConsumerOffsetRequestHeader
	if err := received.DecodeHeader(&h); err != nil {
		fmt.Println(err)
	}
	fmt.Println(protocol.RequestCode(received.Code), h.ConsumerGroup, h.Topic, h.QueueID)
	// Output: QUERY_CONSUMER_OFFSET billing Orders 3
}

// A required field that is absent is an error that says which.
func ExampleQueryConsumerOffsetRequestHeader() {
	received := protocol.RemotingCommand{ExtFields: protocol.ExtFields{{Key: "topic", Value: "Orders"}}}
	err := received.DecodeHeader(new(header.QueryConsumerOffsetRequestHeader))
	fmt.Println(err, errors.Is(err, protocol.ErrMissingField))
	// Output: missing ext field: consumerGroup true
}
