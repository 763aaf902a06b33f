package protocol_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// FuzzDecodeFrame: whatever is decoded, nothing panics, and a frame that was accepted is written and read again unchanged, in
// both encodings.
func FuzzDecodeFrame(f *testing.F) {
	f.Add(frameOf(`{"code":105,"extFields":{"topic":"T"},"flag":0,"language":"JAVA","opaque":0,"version":513}`, "body"))
	f.Add(frameOf(`{code:1,'remark':'\u0001\ud83d\ude00',extFields:{a:1,a:2,b:{}}}`, ""))
	for _, serialize := range []protocol.SerializeType{protocol.JSON, protocol.RocketMQ} {
		cmd := sendRequest()
		cmd.Serialize = serialize
		f.Add(protocol.AppendFrame(nil, cmd)[4:])
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		cmd, err := protocol.DecodeFrame(bytes.Clone(frame))
		if err != nil {
			return
		}
		if cmd.Language == protocol.UnknownLanguage {
			cmd.Language = protocol.Java // as it reads when it is not written
		}
		checkAgain(t, cmd)
		if cmd.Serialize == protocol.JSON && int32(int16(cmd.Code)) == cmd.Code && int32(int16(cmd.Version)) == cmd.Version {
			cmd.Serialize = protocol.RocketMQ
			checkAgain(t, cmd)
		}
	})
}

func checkAgain(t *testing.T, cmd *protocol.RemotingCommand) {
	again, err := protocol.DecodeFrame(protocol.AppendFrame(nil, cmd)[4:])
	if err != nil {
		t.Fatalf("%+v: %v", cmd, err)
	}
	if len(cmd.ExtFields) == 0 { // an empty table is not written
		again.ExtFields, cmd.ExtFields = nil, nil
	}
	if diff := cmp.Diff(cmd, again); diff != "" {
		t.Fatal(diff)
	}
}

// FuzzHeaderJSON: ext fields of any kind decode into headers or fail, and what was decoded is written and read again unchanged.
func FuzzHeaderJSON(f *testing.F) {
	f.Add(`"a":"g","b":"T","c":"TBW102","d":"4","e":"0","f":"0","g":"1","h":"0","i":"x","l":"-1","k":"TRUE"`)
	f.Add(`"consumerGroup":"g","topic":"T","queueId":"1","queueOffset":"0","maxMsgNums":"32","sysFlag":"3","commitOffset":"0","suspendTimeoutMillis":"15000","subVersion":"1","nsd":"true"`)
	f.Fuzz(func(t *testing.T, fields string) {
		cmd, err := protocol.DecodeFrame(frameOf(`{"extFields":{`+fields+`}}`, ""))
		if err != nil {
			return
		}
		for _, h := range [][2]protocol.CustomHeader{
			{new(header.SendMessageRequestHeaderV2), new(header.SendMessageRequestHeaderV2)},
			{new(header.PullMessageRequestHeader), new(header.PullMessageRequestHeader)},
			{new(header.RegisterBrokerRequestHeader), new(header.RegisterBrokerRequestHeader)},
		} {
			if cmd.DecodeHeader(h[0]) != nil {
				continue
			}
			out := protocol.NewRequest(protocol.SendMessageV2, h[0])
			again, err := protocol.DecodeFrame(protocol.AppendFrame(nil, out)[4:])
			if err != nil {
				t.Fatal(err)
			}
			if err := again.DecodeHeader(h[1]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(h[0], h[1]); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
