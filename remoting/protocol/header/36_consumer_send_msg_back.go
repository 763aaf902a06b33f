// CONSUMER_SEND_MSG_BACK (36) gives back a message that a consumer could not process: the broker stores it anew for the
// group's retry topic, or for its dead letters.
//
// The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ConsumerSendMsgBackRequestHeader is the header of CONSUMER_SEND_MSG_BACK.
//
// Java: remoting.protocol.header.ConsumerSendMsgBackRequestHeader (5.5.0).
type ConsumerSendMsgBackRequestHeader struct {
	RPCRequestHeader
	Offset            int64 // of the message in the commit log, bytes
	Group             string
	DelayLevel        int32 // 0: the broker decides; negative: to the dead letters
	OriginMsgID       string
	OriginTopic       string
	UnitMode          bool
	MaxReconsumeTimes protocol.NullInt32 // absent: that of the group
}

// Fields implements protocol.CustomHeader.
func (h *ConsumerSendMsgBackRequestHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("offset", &h.Offset, protocol.Required)
	c.String("group", &h.Group, protocol.Required)
	c.Int32("delayLevel", &h.DelayLevel, protocol.Required)
	c.String("originMsgId", &h.OriginMsgID, protocol.OmitZero)
	c.String("originTopic", &h.OriginTopic, protocol.OmitZero)
	c.Bool("unitMode", &h.UnitMode, protocol.Optional)
	c.NullInt32("maxReconsumeTimes", &h.MaxReconsumeTimes)
	h.RPCRequestHeader.Fields(c)
}
