package processor

import (
	"fmt"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// seeFAQ ends remarks that Apache explains on its site. Java: common.help.FAQUrl#suggestTodo.
const seeFAQ = "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."

// Versions of clients whose behaviour differs, as ordinals. Java: common.MQVersion.
const (
	versionV3_1_8Snapshot = 62
	versionV3_4_9         = 121
)

func success(h protocol.CustomHeader, body []byte) *protocol.RemotingCommand {
	resp := protocol.NewResponse(protocol.Success, "")
	resp.Header, resp.Body = h, body
	return resp
}

// refuse is the error that becomes a response with this code and remark.
func refuse(code protocol.ResponseCode, format string, args ...any) error {
	return protocol.NewResponseError(code, fmt.Sprintf(format, args...))
}

// validTopic and validGroup guard every code that takes a name.
func validTopic(topic string) error {
	if err := message.ValidateTopic(topic); err != nil {
		return protocol.NewResponseError(protocol.InvalidParameter, err.Error())
	}
	return nil
}

func validGroup(group string) error {
	if err := message.ValidateGroup(group); err != nil {
		return protocol.NewResponseError(protocol.InvalidParameter, err.Error())
	}
	return nil
}

// decode reads the request's header; what is wrong with it becomes SYSTEM_ERROR, as in Java.
func decode[H any, P interface {
	*H
	protocol.CustomHeader
}](req *protocol.RemotingCommand) (*H, error) {
	h := new(H)
	return h, req.DecodeHeader(P(h))
}
