package api

import (
	"context"
	"errors"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// uniqueKeyQuery marks a query for the id that a producer gave a message. Java: common.MixAll.UNIQUE_MSG_QUERY_FLAG.
const uniqueKeyQuery = "_UNIQUE_KEY_QUERY"

// QueryMessage asks a broker for messages by key, or, if unique says so, by the id that the producer gave one. There may be none, and
// some whose key only has the same hash. Bodies are as they were sent.
//
// Java: MQClientAPIImpl#queryMessage (5.5.0).
func (a *MQClientAPIImpl) QueryMessage(ctx context.Context, addr string, h *header.QueryMessageRequestHeader, unique bool) ([]*message.MessageExt, error) {
	req := protocol.NewRequest(protocol.QueryMessage, h)
	if unique {
		req.ExtFields.Set(uniqueKeyQuery, "true")
	}
	resp, err := a.invoke(ctx, addr, req)
	if errors.Is(err, protocol.QueryNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readRecords(addr, protocol.QueryMessage, resp.Body)
}

// readRecords reads stored records and decompresses their bodies.
func readRecords(addr string, code protocol.RequestCode, records []byte) ([]*message.MessageExt, error) {
	msgs, err := message.DecodeRecords(records, message.CheckCRC)
	if err != nil {
		return nil, malformed(addr, code, err)
	}
	for _, m := range msgs {
		if err := Unpack(m); err != nil {
			return nil, malformed(addr, code, err)
		}
	}
	return msgs, nil
}
