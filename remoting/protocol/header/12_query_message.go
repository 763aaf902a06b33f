// QUERY_MESSAGE (12) asks for messages with a key. Tools and MQAdmin clients send it, with ext field
// _UNIQUE_KEY_QUERY=true where the key is a UNIQ_KEY.
//
// The reply's body holds the records found, one behind the other; QueryNotFound if there are none.

package header

import "github.com/plumemq/plume/remoting/protocol"

// QueryMessageRequestHeader is the header of QUERY_MESSAGE.
//
// Java: remoting.protocol.header.QueryMessageRequestHeader (5.5.0).
type QueryMessageRequestHeader struct {
	TopicRequestHeader
	Topic          string
	Key            string
	MaxNum         int32
	BeginTimestamp int64  // milliseconds since the Unix epoch
	EndTimestamp   int64  // milliseconds since the Unix epoch
	IndexType      string // from 5.x on
	LastKey        string // from 5.x on
}

// Fields implements protocol.CustomHeader.
func (h *QueryMessageRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("key", &h.Key, protocol.Required)
	c.Int32("maxNum", &h.MaxNum, protocol.Required)
	c.Int64("beginTimestamp", &h.BeginTimestamp, protocol.Required)
	c.Int64("endTimestamp", &h.EndTimestamp, protocol.Required)
	c.String("indexType", &h.IndexType, protocol.OmitZero)
	c.String("lastKey", &h.LastKey, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}

// QueryMessageResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.QueryMessageResponseHeader (5.5.0).
type QueryMessageResponseHeader struct {
	IndexLastUpdateTimestamp int64 // milliseconds since the Unix epoch
	IndexLastUpdatePhyOffset int64 // in the commit log, bytes
}

// Fields implements protocol.CustomHeader.
func (h *QueryMessageResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("indexLastUpdateTimestamp", &h.IndexLastUpdateTimestamp, protocol.Required)
	c.Int64("indexLastUpdatePhyoffset", &h.IndexLastUpdatePhyOffset, protocol.Required)
}
