package api

import (
	"context"
	"errors"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// ViewMessage asks a broker for the message at an offset of its commit log. None there is a *protocol.ResponseError with code
// SystemError.
//
// Java: MQClientAPIImpl#viewMessage (5.5.0).
func (a *MQClientAPIImpl) ViewMessage(ctx context.Context, addr, topic string, offset int64) (*message.MessageExt, error) {
	resp, err := a.call(ctx, addr, protocol.ViewMessageByID, &header.ViewMessageRequestHeader{Topic: topic, Offset: offset}, nil)
	if err != nil {
		return nil, err
	}
	msgs, err := readRecords(addr, protocol.ViewMessageByID, resp.Body)
	if err == nil && len(msgs) != 1 {
		err = malformed(addr, protocol.ViewMessageByID, errors.New("not one record"))
	}
	if err != nil {
		return nil, err
	}
	return msgs[0], nil
}
