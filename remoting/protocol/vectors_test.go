package protocol_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// vector is one line of testdata/vectors-<version>.jsonl: what Apache RocketMQ of that version encodes, every field filled
// with a value of its own. test/interop/README.md says how the files are made.
type vector struct {
	Kind, Class, Variant string

	apache string // the version of Apache RocketMQ, from the file's name

	// Of a command: its parts, and its frame in both encodings.
	Code       int32
	Response   bool
	JSONPrefix hexBytes `json:"jsonPrefix"` // the two lengths before the header
	JSON       string   // the header
	Binary     hexBytes // the whole frame
	Opaque     int32
	Flag       int32
	Version    int32
	Language   string
	Remark     string
	Body       hexBytes
	Fields     map[string]string

	// Of a body: its text, or its bytes where it is none.
	Text string
	Hex  hexBytes
}

// hexBytes are bytes written as hexadecimal digits.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	var err error
	*b, err = hex.DecodeString(string(text))
	return err
}

func (v *vector) jsonFrame() []byte {
	return append(append(append([]byte(nil), v.JSONPrefix...), v.JSON...), v.Body...)
}

// eachVector runs a subtest for every vector of a kind and every version.
func eachVector(t *testing.T, kind string, run func(t *testing.T, v *vector)) {
	files, err := filepath.Glob("testdata/vectors-*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "vectors-"), ".jsonl")
		for _, v := range readVectors(t, file) {
			v.apache = version
			if v.Kind == kind {
				t.Run(version+"/"+v.Class+"/"+v.Variant, func(t *testing.T) { run(t, v) })
			}
		}
	}
}

func readVectors(t *testing.T, file string) []*vector {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []*vector
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		v := new(vector)
		if err := json.Unmarshal(scanner.Bytes(), v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, v)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestVectorCommands: frames of Apache's are read field by field, and written again byte by byte.
func TestVectorCommands(t *testing.T) {
	eachVector(t, "command", func(t *testing.T, v *vector) {
		for name, frame := range map[string][]byte{"json": v.jsonFrame(), "binary": v.Binary} {
			t.Run(name, func(t *testing.T) { checkFrame(t, v, frame) })
		}
	})
}

func checkFrame(t *testing.T, v *vector, frame []byte) {
	cmd, err := protocol.DecodeFrame(bytes.Clone(frame[4:]))
	if err != nil {
		t.Fatal(err)
	}
	got := protocol.RemotingCommand{Code: v.Code, Opaque: v.Opaque, Flag: v.Flag, Version: v.Version, Remark: v.Remark,
		Language: protocol.ParseLanguage(v.Language), ExtFields: cmd.ExtFields, Body: cmd.Body, Serialize: cmd.Serialize}
	if diff := cmp.Diff(got, *cmd); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	if cmd.IsResponse() != v.Response || !bytes.Equal(cmd.Body, v.Body) {
		t.Errorf("response %t, body %x", cmd.IsResponse(), cmd.Body)
	}
	if diff := cmp.Diff(v.Fields, fieldMap(cmd.ExtFields)); diff != "" {
		t.Errorf("ext fields (-want +got):\n%s", diff)
	}
	// fastjson 1, of 4.9.7, writes the digits of \u001F in capitals and escapes 0x7F; readers do not mind.
	capitals := v.apache == "4.9.7" && v.Variant == "edges" && cmd.Serialize == protocol.JSON
	if again := protocol.AppendFrame(nil, cmd); !capitals && !bytes.Equal(again, frame) {
		t.Errorf("written again:\n%q\nwant\n%q", again, frame)
	}
	if v.Class != "" {
		checkHeader(t, v, cmd)
	}
}

// checkHeader: the typed header takes every field, and gives every one back, in the frame too.
func checkHeader(t *testing.T, v *vector, cmd *protocol.RemotingCommand) {
	h := newHeader(v.Class)
	if h == nil {
		t.Fatalf("no header type %s", v.Class)
	}
	if err := cmd.DecodeHeader(h); err != nil {
		t.Fatal(err)
	}
	if v.apache == "5.5.0" { // 4.9.7 lacks fields
		checkNonZero(t, v.Class, reflect.ValueOf(h).Elem())
	}
	checkCarried(t, v, protocol.EncodeFields(h))
	typed := *cmd
	typed.Header, typed.ExtFields = h, nil
	again, err := protocol.DecodeFrame(protocol.AppendFrame(nil, &typed)[4:])
	if err != nil {
		t.Fatal(err)
	}
	checkCarried(t, v, again.ExtFields)
}

// checkCarried compares the fields that a typed header writes with those of the vector.
func checkCarried(t *testing.T, v *vector, written protocol.ExtFields) {
	t.Helper()
	got := fieldMap(written)
	for key, value := range v.Fields {
		if _, ok := got[key]; ok || !leftInExtFields(v, key) {
			if got[key] != value {
				t.Errorf("the header's %s is %q, want %q", key, got[key], value)
			}
		}
	}
	for key := range got {
		if _, ok := v.Fields[key]; !ok && v.apache == "5.5.0" {
			t.Errorf("the header has a field %s, which Apache's does not", key)
		}
	}
}

// leftInExtFields are the fields that a typed header need not have: those that Apache's superclasses RpcRequestHeader and
// TopicRequestHeader add to any request, and a name of 4.9.7 that 5.x does not read either.
func leftInExtFields(v *vector, key string) bool {
	return strings.Contains(" ns nsd bname oway lo ", " "+key+" ") || v.apache == "4.9.7" && key == "removeOffset"
}

func fieldMap(fields protocol.ExtFields) map[string]string {
	m := make(map[string]string, len(fields))
	for _, f := range fields {
		m[f.Key] = f.Value
	}
	return m
}

// checkNonZero finds a field that nothing was read into.
func checkNonZero(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s.%s was not read", name, v.Type().Field(i).Name)
		}
	}
}

// newHeader is an empty header of the type with Apache's name, nil if there is none.
func newHeader(class string) protocol.CustomHeader {
	for _, h := range []protocol.CustomHeader{
		new(header.SendMessageRequestHeader), new(header.SendMessageResponseHeader), new(header.SendMessageRequestHeaderV2),
		new(header.PullMessageRequestHeader), new(header.PullMessageResponseHeader), new(header.QueryMessageRequestHeader),
		new(header.QueryMessageResponseHeader), new(header.QueryConsumerOffsetRequestHeader),
		new(header.QueryConsumerOffsetResponseHeader), new(header.UpdateConsumerOffsetRequestHeader),
		new(header.CreateTopicRequestHeader), new(header.GetBrokerConfigResponseHeader), new(header.SearchOffsetRequestHeader),
		new(header.SearchOffsetResponseHeader), new(header.GetMaxOffsetRequestHeader), new(header.GetMaxOffsetResponseHeader),
		new(header.GetMinOffsetRequestHeader), new(header.GetMinOffsetResponseHeader),
		new(header.GetEarliestMsgStoretimeRequestHeader), new(header.GetEarliestMsgStoretimeResponseHeader),
		new(header.ViewMessageRequestHeader), new(header.UnregisterClientRequestHeader),
		new(header.ConsumerSendMsgBackRequestHeader), new(header.EndTransactionRequestHeader),
		new(header.GetConsumerListByGroupRequestHeader), new(header.CheckTransactionStateRequestHeader),
		new(header.NotifyConsumerIdsChangedRequestHeader), new(header.PutKVConfigRequestHeader),
		new(header.GetKVConfigRequestHeader), new(header.GetKVConfigResponseHeader), new(header.DeleteKVConfigRequestHeader),
		new(header.RegisterBrokerRequestHeader), new(header.RegisterBrokerResponseHeader),
		new(header.UnRegisterBrokerRequestHeader), new(header.GetRouteInfoRequestHeader),
		new(header.GetTopicStatsInfoRequestHeader), new(header.GetConsumerConnectionListRequestHeader),
		new(header.GetProducerConnectionListRequestHeader), new(header.WipeWritePermOfBrokerRequestHeader),
		new(header.WipeWritePermOfBrokerResponseHeader), new(header.DeleteSubscriptionGroupRequestHeader),
		new(header.GetConsumeStatsRequestHeader), new(header.DeleteTopicRequestHeader),
		new(header.DeleteTopicFromNamesrvRequestHeader), new(header.RegisterTopicRequestHeader),
		new(header.GetKVListByNamespaceRequestHeader), new(header.GetConsumerStatusRequestHeader),
		new(header.ResetOffsetRequestHeader), new(header.GetTopicsByClusterRequestHeader),
		new(header.QueryTopicConsumeByWhoRequestHeader), new(header.GetConsumerRunningInfoRequestHeader),
		new(header.ConsumeMessageDirectlyResultRequestHeader), new(header.ViewBrokerStatsDataRequestHeader),
		new(header.QueryDataVersionRequestHeader), new(header.QueryDataVersionResponseHeader),
		new(header.ReplyMessageRequestHeader), new(header.AddWritePermOfBrokerRequestHeader),
		new(header.AddWritePermOfBrokerResponseHeader), new(header.GetTopicConfigRequestHeader),
		new(header.GetBrokerMemberGroupRequestHeader), new(header.BrokerHeartbeatRequestHeader),
	} {
		if t := reflect.TypeOf(h).Elem(); t.Name() == class {
			return reflect.New(t).Interface().(protocol.CustomHeader)
		}
	}
	return nil
}
