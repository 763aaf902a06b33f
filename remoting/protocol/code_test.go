package protocol_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/plumemq/plume/remoting/protocol"
)

// TestCodeNames: a code's text is Apache's name for it, or its number.
func TestCodeNames(t *testing.T) {
	for code, want := range map[fmt.Stringer]string{
		protocol.SendMessage: "SEND_MESSAGE", protocol.SendMessageV2: "SEND_MESSAGE_V2", protocol.GetRouteInfoByTopic: "GET_ROUTEINFO_BY_TOPIC",
		protocol.PopMessage: "POP_MESSAGE", protocol.RequestCode(9999): "9999", protocol.Success: "SUCCESS",
		protocol.TransactionStateUnknown: "TRANSACTION_STATE_UNKNOW", protocol.RPCTimeOut: "RPC_TIME_OUT", protocol.ResponseCode(-5): "-5",
		protocol.NodeJS: "NODE_JS", protocol.UnknownLanguage: "-1", protocol.JSON: "JSON", protocol.RocketMQ: "ROCKETMQ",
	} {
		if got := code.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestParseSerializeType(t *testing.T) {
	for _, s := range []protocol.SerializeType{protocol.JSON, protocol.RocketMQ} {
		if got, err := protocol.ParseSerializeType(s.String()); got != s || err != nil {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	if _, err := protocol.ParseSerializeType("XML"); !errors.Is(err, protocol.ErrUnknownSerializeType) {
		t.Error(err)
	}
}

// TestResponseErrors: found by their code however they are wrapped.
func TestResponseErrors(t *testing.T) {
	err := fmt.Errorf("send: %w", protocol.NewResponseError(protocol.FlushDiskTimeout, "slow"))
	if !errors.Is(err, protocol.FlushDiskTimeout) || errors.Is(err, protocol.SystemError) {
		t.Error(err)
	}
	if e, ok := errors.AsType[*protocol.ResponseError](err); !ok || e.ErrorType() != "FLUSH_DISK_TIMEOUT" {
		t.Error(e)
	}
}

// TestFieldsAreNotWrittenBack: a header that several goroutines send is only read.
func TestFieldsAreNotWrittenBack(t *testing.T) {
	cmd := sendRequest()
	done := make(chan struct{})
	for range 2 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 100 {
				protocol.AppendFrame(nil, cmd)
				protocol.EncodeFields(cmd.Header)
			}
		}()
	}
	<-done
	<-done
}

func TestMaterializeHeader(t *testing.T) {
	cmd := sendRequest()
	before := protocol.AppendFrame(nil, cmd)
	cmd.MaterializeHeader()
	if after := protocol.AppendFrame(nil, cmd); string(before) != string(after) || cmd.Header != nil {
		t.Errorf("%s\nthen %s", before, after)
	}
}
