package body_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// document is what every body can do.
type document interface {
	fastjson.Appender
	fastjson.Readable
}

// newBody is an empty body of the type with Apache's name, nil if there is none.
func newBody(class string) document {
	switch class {
	case "TopicRouteData":
		return new(route.TopicRouteData)
	case "HeartbeatData":
		return new(heartbeat.HeartbeatData)
	case "SubscriptionData":
		return new(heartbeat.SubscriptionData)
	case "RegisterBrokerBody":
		return new(body.RegisterBrokerBody)
	case "TopicConfigSerializeWrapper":
		return new(body.TopicConfigSerializeWrapper)
	case "TopicConfigAndMappingSerializeWrapper":
		return new(body.TopicConfigAndMappingSerializeWrapper)
	case "TopicStatsTable":
		return new(body.TopicStatsTable)
	case "ConsumeStats":
		return new(body.ConsumeStats)
	case "ConsumerConnection":
		return new(body.ConsumerConnection)
	case "ProducerConnection":
		return new(body.ProducerConnection)
	case "ClusterInfo":
		return new(body.ClusterInfo)
	case "ResetOffsetBody":
		return new(body.ResetOffsetBody)
	case "GetConsumerStatusBody":
		return new(body.GetConsumerStatusBody)
	case "ConsumerRunningInfo":
		return new(body.ConsumerRunningInfo)
	}
	return newSmallBody(class)
}

func newSmallBody(class string) document {
	switch class {
	case "GroupList":
		return new(body.GroupList)
	case "TopicList":
		return new(body.TopicList)
	case "KVTable":
		return new(body.KVTable)
	case "LockBatchRequestBody":
		return new(body.LockBatchRequestBody)
	case "LockBatchResponseBody":
		return new(body.LockBatchResponseBody)
	case "UnlockBatchRequestBody":
		return new(body.UnlockBatchRequestBody)
	case "GetConsumerListByGroupResponseBody":
		return new(body.GetConsumerListByGroupResponseBody)
	case "SubscriptionGroupWrapper":
		return new(body.SubscriptionGroupWrapper)
	case "ConsumerOffsetSerializeWrapper":
		return new(body.ConsumerOffsetSerializeWrapper)
	case "BrokerStatsData":
		return new(body.BrokerStatsData)
	case "CheckClientRequestBody":
		return new(body.CheckClientRequestBody)
	case "ConsumeMessageDirectlyResult":
		return new(body.ConsumeMessageDirectlyResult)
	case "BrokerMemberGroup":
		return new(body.BrokerMemberGroup)
	case "TopicConfig":
		return new(body.TopicConfig)
	case "DataVersion":
		return new(body.DataVersion)
	case "SubscriptionGroupConfig":
		return new(body.SubscriptionGroupConfig)
	}
	return newRareBody(class)
}

// newRareBody are those of which there are no vectors.
func newRareBody(class string) document {
	switch class {
	case "DelayOffsetSerializeWrapper":
		return new(body.DelayOffsetSerializeWrapper)
	case "GetBrokerMemberGroupResponseBody":
		return new(body.GetBrokerMemberGroupResponseBody)
	case "ProducerTableInfo":
		return new(body.ProducerTableInfo)
	case "TopicQueueMappingInfo":
		return new(body.TopicQueueMappingInfo)
	case "ConsumeStatus":
		return new(body.ConsumeStatus)
	}
	return nil
}

// vector is a body as Apache RocketMQ encodes it, every member filled with a value of its own.
type vector struct{ Kind, Class, Variant, Text, Hex string }

func vectors(t *testing.T, version string) []vector {
	t.Helper()
	f, err := os.Open("../testdata/vectors-" + version + ".jsonl")
	if err != nil {
		t.Skipf("no vectors: %v", err)
	}
	defer f.Close()
	var all []vector
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		var v vector
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if v.Kind == "body" && v.Hex == "" {
			all = append(all, v)
		}
	}
	return all
}

var emptyArray = regexp.MustCompile(`\[\s+\]`)

// TestApacheBodies: bodies of 5.5.0 are read member by member and written again byte by byte.
func TestApacheBodies(t *testing.T) {
	for _, v := range vectors(t, "5.5.0") {
		t.Run(v.Class+"/"+v.Variant, func(t *testing.T) {
			b := newBody(v.Class)
			if b == nil {
				t.Skip("not built yet")
			}
			if err := fastjson.Unmarshal([]byte(v.Text), b); err != nil {
				t.Fatal(err)
			}
			w := fastjson.Writer{Pretty: v.Variant == "pretty", Standard: strings.HasPrefix(v.Variant, "standard")}
			b.AppendJSON(&w)
			// In files, fastjson breaks the line in an empty array of objects.
			want := emptyArray.ReplaceAllString(v.Text, "[]")
			if diff := cmp.Diff(want, string(w.Bytes())); diff != "" {
				t.Errorf("written again (-Apache +Plume):\n%s", diff)
			}
		})
	}
}

// TestApacheOldBodies: bodies of 4.9.7 are read; what is written of them reads the same again.
func TestApacheOldBodies(t *testing.T) {
	for _, v := range vectors(t, "4.9.7") {
		t.Run(v.Class+"/"+v.Variant, func(t *testing.T) {
			b := newBody(v.Class)
			if b == nil {
				t.Skip("not built yet")
			}
			if err := fastjson.Unmarshal([]byte(v.Text), b); err != nil {
				t.Fatal(err)
			}
			again := newBody(v.Class)
			if err := fastjson.Unmarshal(fastjson.Marshal(b), again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(b, again, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestApacheDeflatedRegistration: the deflated form of both versions says what the plain one does.
func TestApacheDeflatedRegistration(t *testing.T) {
	for _, version := range []string{"5.5.0", "4.9.7"} {
		t.Run(version, func(t *testing.T) {
			var plain, deflated body.RegisterBrokerBody
			for _, v := range deflatedVectors(t, version) {
				if v.Variant == "deflated" {
					data, _ := hex.DecodeString(v.Hex)
					if err := deflated.DecodeAny(data); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := plain.DecodeAny([]byte(v.Text)); err != nil {
					t.Fatal(err)
				}
			}
			comparePlain(t, &plain, &deflated)
			data, err := deflated.EncodeCompressed()
			if err != nil {
				t.Fatal(err)
			}
			var again body.RegisterBrokerBody
			if err := again.DecodeAny(data); err != nil {
				t.Fatal(err)
			}
			comparePlain(t, &deflated, &again)
		})
	}
}

// comparePlain compares what both forms carry.
func comparePlain(t *testing.T, want, got *body.RegisterBrokerBody) {
	t.Helper()
	w, g := &want.TopicConfigSerializeWrapper, &got.TopicConfigSerializeWrapper
	if len(g.TopicConfigTable) == 0 || g.DataVersion != w.DataVersion {
		t.Errorf("%d topics, version %v, want %v", len(g.TopicConfigTable), g.DataVersion, w.DataVersion)
	}
	for name, topic := range w.TopicConfigTable {
		other := g.TopicConfigTable[topic.TopicName]
		if !bytes.Equal(topic.AppendText(nil), other.AppendText(nil)) {
			t.Errorf("topic %s: %+v, want %+v", name, other, topic)
		}
	}
	if diff := cmp.Diff(want.FilterServerList, got.FilterServerList); diff != "" {
		t.Errorf("filter servers: %s", diff)
	}
	if len(w.TopicQueueMappingInfoMap) != len(g.TopicQueueMappingInfoMap) {
		t.Errorf("%d mappings, want %d", len(g.TopicQueueMappingInfoMap), len(w.TopicQueueMappingInfoMap))
	}
}

func deflatedVectors(t *testing.T, version string) []vector {
	t.Helper()
	data, err := os.ReadFile("../testdata/vectors-" + version + ".jsonl")
	if err != nil {
		t.Skipf("no vectors: %v", err)
	}
	var found []vector
	for line := range bytes.Lines(data) {
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		if v.Variant == "deflated" || v.Variant == "before deflating" {
			found = append(found, v)
		}
	}
	return found
}
