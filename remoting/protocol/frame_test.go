package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// frameOf is a frame behind its length field, with a JSON header.
func frameOf(text, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
	return append(append(b, text...), body...)
}

// TestAppendFrame: the bytes that Apache RocketMQ 5.5.0 sends, but for the language.
func TestAppendFrame(t *testing.T) {
	cmd := protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "TopicTest"})
	cmd.Opaque, cmd.Language = 5, protocol.Java
	want := `{"code":105,"extFields":{"topic":"TopicTest"},"flag":0,"language":"JAVA","opaque":5,"serializeTypeCurrentRPC":"JSON","version":513}`
	if got := protocol.AppendFrame(nil, cmd); string(got[8:]) != want {
		t.Errorf("%s, want %s", got[8:], want)
	}
	cmd.Serialize = protocol.RocketMQ
	wantBinary := "\x00\x00\x00\x2d\x01\x00\x00\x29\x00\x69\x00\x02\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x05topic\x00\x00\x00\x09TopicTest"
	if got := protocol.AppendFrame(nil, cmd); string(got) != wantBinary {
		t.Errorf("%x, want %x", got, wantBinary)
	}
}

// TestEmptyHeaderIsNotNone: clients expect extFields where there is a header, even one without fields.
func TestEmptyHeaderIsNotNone(t *testing.T) {
	with := protocol.NewResponse(protocol.Success, "")
	with.Header = &header.RegisterBrokerResponseHeader{}
	if got := protocol.AppendFrame(nil, with); !bytes.Contains(got, []byte(`"extFields":{},`)) {
		t.Errorf("%s", got)
	}
	if got := protocol.AppendFrame(nil, protocol.NewResponse(protocol.Success, "")); bytes.Contains(got, []byte("extFields")) {
		t.Errorf("%s", got)
	}
}

// TestDecodeLeniency: what Apache's decoders forgive.
func TestDecodeLeniency(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     protocol.RemotingCommand
	}{
		{"names without quotes, of 4.9.7", `{code:34,flag:1,language:"GO",opaque:7,version:407}`,
			protocol.RemotingCommand{Code: 34, Flag: 1, Language: protocol.Go, Opaque: 7, Version: 407}},
		{"language by number", `{"code":1,"language":9}`, protocol.RemotingCommand{Code: 1, Language: protocol.Go}},
		{"unknown language", `{"code":1,"language":"COBOL"}`, protocol.RemotingCommand{Code: 1, Language: protocol.UnknownLanguage}},
		{"no language", `{"code":1}`, protocol.RemotingCommand{Code: 1}},
		{"numbers as ext values", `{"code":1,"extFields":{"a":1,"b":true,"c":null,"d":{"x":[1]}}}`, protocol.RemotingCommand{
			Code: 1, ExtFields: protocol.ExtFields{{Key: "a", Value: "1"}, {Key: "b", Value: "true"}, {Key: "d", Value: `{"x":[1]}`}}}},
		{"unknown members", `{"x":{"y":[{}]},"code":2,"z":"\u0041"}`, protocol.RemotingCommand{Code: 2}},
		{"repeated ext field", `{"code":2,"extFields":{"topic":"A","other":"x","topic":"B"}}`, protocol.RemotingCommand{
			Code: 2, ExtFields: protocol.ExtFields{{Key: "topic", Value: "B"}, {Key: "other", Value: "x"}}}},
		{"escapes", `{"code":310,"remark":"\u4e2d\n","extFields":{"i":"KEYS\u0001k\u0002"}}`, protocol.RemotingCommand{
			Code: 310, Remark: "中\n", ExtFields: protocol.ExtFields{{Key: "i", Value: "KEYS\x01k\x02"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := protocol.DecodeFrame(frameOf(c.in, ""))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeFrameRefuses(t *testing.T) {
	binaryHeader := "\x00\x69\x00\x02\x01\x00\x00\x00\x05\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		frame []byte
		want  error
	}{
		"nothing":             {nil, protocol.ErrMalformedFrame},
		"no header":           {[]byte{0, 0, 0}, protocol.ErrMalformedFrame},
		"header beyond frame": {[]byte{0, 0, 0, 9, '{', '}'}, protocol.ErrMalformedFrame},
		"unknown type":        {[]byte{7, 0, 0, 0}, protocol.ErrUnknownSerializeType},
		"empty JSON":          {[]byte{0, 0, 0, 0}, protocol.ErrMalformedFrame},
		"JSON cut off":        {frameOf(`{"code":1`, ""), protocol.ErrMalformedFrame},
		"number too big":      {frameOf(`{"code":2147483648}`, ""), protocol.ErrMalformedFrame},
		"too deep":            {frameOf(`{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`, ""), protocol.ErrMalformedFrame},
		"too many ext fields": {frameOf(`{"extFields":{`+manyFields(1025)+`}}`, ""), protocol.ErrMalformedFrame},
		"too long":            {make([]byte, protocol.MaxFrameLength-3), protocol.ErrFrameTooLong},
		"binary cut off":      {[]byte("\x01\x00\x00\x0d" + binaryHeader), protocol.ErrMalformedFrame},
		"binary remark":       {[]byte("\x01\x00\x00\x15" + binaryHeader + "\x00\x00\x00\x05\x00\x00\x00\x00"), protocol.ErrMalformedFrame},
		"binary fields":       {[]byte("\x01\x00\x00\x15" + binaryHeader + "\x00\x00\x00\x00\x00\x00\x00\x01"), protocol.ErrMalformedFrame},
		"binary key": {[]byte("\x01\x00\x00\x17" + binaryHeader + "\x00\x00\x00\x00\x00\x00\x00\x02\xff\xff"),
			protocol.ErrMalformedFrame},
	} {
		if cmd, err := protocol.DecodeFrame(c.frame); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, cmd, err, c.want)
		}
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strings.Repeat("x", i%7) + string(rune('A'+i%26)) + strings.Repeat("y", i/26) + `":"v"`)
	}
	return b.String()
}

// TestDecodeKeepsBody: the body is what follows the header, nil if there is none.
func TestDecodeKeepsBody(t *testing.T) {
	cmd, err := protocol.DecodeFrame(frameOf(`{"code":1}`, "body"))
	if err != nil || string(cmd.Body) != "body" {
		t.Errorf("%v, %v", cmd, err)
	}
	if cmd, err = protocol.DecodeFrame(frameOf(`{"code":1}`, "")); err != nil || cmd.Body != nil {
		t.Errorf("%v, %v", cmd, err)
	}
}

// TestBinaryCodesAreShort: a code beyond 16 bits loses its upper half, as Apache's does.
func TestBinaryCodesAreShort(t *testing.T) {
	cmd := protocol.NewRequest(protocol.PopMessage, nil)
	cmd.Serialize = protocol.RocketMQ
	got, err := protocol.DecodeFrame(protocol.AppendFrame(nil, cmd)[4:])
	if err != nil || got.Code != 3442 {
		t.Errorf("%+v, %v", got, err)
	}
}
