// CONSUME_MESSAGE_DIRECTLY (309) makes a consumer process one message now. Tools send it to a broker, which adds the
// message's record as the body and relays it to the client. The reply's body is a body.ConsumeMessageDirectlyResult.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ConsumeMessageDirectlyResultRequestHeader is the header of CONSUME_MESSAGE_DIRECTLY.
//
// Java: remoting.protocol.header.ConsumeMessageDirectlyResultRequestHeader (5.5.0).
type ConsumeMessageDirectlyResultRequestHeader struct {
	TopicRequestHeader
	ConsumerGroup    string
	ClientID         string
	MsgID            string
	DirectBrokerName string
	Topic            string
	TopicSysFlag     int32
	GroupSysFlag     int32
}

// Fields implements protocol.CustomHeader.
func (h *ConsumeMessageDirectlyResultRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("clientId", &h.ClientID, protocol.OmitZero)
	c.String("msgId", &h.MsgID, protocol.OmitZero)
	c.String("brokerName", &h.DirectBrokerName, protocol.OmitZero)
	c.String("topic", &h.Topic, protocol.OmitZero)
	c.Int32("topicSysFlag", &h.TopicSysFlag, protocol.OmitZero)
	c.Int32("groupSysFlag", &h.GroupSysFlag, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}
