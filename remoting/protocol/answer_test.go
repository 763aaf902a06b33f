package protocol_test

import (
	"reflect"
	"testing"

	"github.com/plumemq/plume/internal/race"
	"github.com/plumemq/plume/remoting/protocol"
)

// An answer that is read into the memory of another has nothing of it, and leaves alone what was taken from it.
func TestReleasedAnswers(t *testing.T) {
	full := protocol.NewResponse(protocol.SystemBusy, "full")
	full.Opaque, full.Body = 7, []byte("body")
	full.ExtFields = protocol.ExtFields{{Key: "msgId", Value: "first"}, {Key: "queueId", Value: "3"}}
	plain := protocol.NewResponse(protocol.Success, "")
	plain.ExtFields = protocol.ExtFields{{Key: "msgId", Value: "second"}}
	for _, serialize := range []protocol.SerializeType{protocol.JSON, protocol.RocketMQ} {
		full.Serialize, plain.Serialize = serialize, serialize
		cmd := decode(t, full)
		remark, id, body := cmd.Remark, cmd.ExtFields.Get("msgId"), cmd.Body
		cmd.Release()
		again := decode(t, plain)
		if !reflect.DeepEqual(again, plain) {
			t.Errorf("%s: read %+v, want %+v", serialize, again, plain)
		}
		if remark != "full" || id != "first" || string(body) != "body" {
			t.Errorf("%s: the first answer's parts became %q, %q, %q", serialize, remark, id, body)
		}
		again.Release()
	}
}

func TestReleasedAnswersAreUsedAgain(t *testing.T) {
	answer := protocol.NewResponse(protocol.Success, "")
	answer.ExtFields = protocol.ExtFields{{Key: "msgId", Value: "id"}}
	frame := protocol.AppendFrame(nil, answer)[4:]
	n := testing.AllocsPerRun(100, func() {
		cmd, err := protocol.DecodeFrame(frame) // which has nothing to resolve in place
		if err != nil {
			t.Fatal(err)
		}
		cmd.Release()
	})
	if n != 0 && !race.Enabled {
		t.Errorf("%v allocations", n)
	}
}

func decode(t *testing.T, cmd *protocol.RemotingCommand) *protocol.RemotingCommand {
	t.Helper()
	read, err := protocol.DecodeFrame(protocol.AppendFrame(nil, cmd)[4:])
	if err != nil {
		t.Fatal(err)
	}
	return read
}
