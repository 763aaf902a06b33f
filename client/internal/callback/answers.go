package callback

import (
	"fmt"

	"github.com/plumemq/plume/remoting/protocol"
)

// notHere is Apache's answer for a group that this client has not, or cannot answer for.
func notHere(group string) error {
	return protocol.NewResponseError(protocol.SystemError, fmt.Sprintf("The Consumer Group <%s> not exist in this consumer", group))
}

func success(body []byte) *protocol.RemotingCommand {
	resp := protocol.NewResponse(protocol.Success, "")
	resp.Body = body
	return resp
}
