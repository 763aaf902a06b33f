package topic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/body"
)

// String is Java's rendering of a topic, which remarks to clients carry.
//
// Java: common.TopicConfig#toString (5.5.0).
func String(t *body.TopicConfig) string {
	attributes := make([]string, 0, len(t.Attributes))
	for _, k := range slices.Sorted(maps.Keys(t.Attributes)) {
		attributes = append(attributes, k+"="+t.Attributes[k])
	}
	return fmt.Sprintf("TopicConfig [topicName=%s, readQueueNums=%d, writeQueueNums=%d, perm=%s, topicFilterType=%s, topicSysFlag=%d, order=%t, attributes={%s}]",
		t.TopicName, t.ReadQueueNums, t.WriteQueueNums, permString(t.Perm), t.TopicFilterType, t.TopicSysFlag, t.Order, strings.Join(attributes, ", "))
}

func permString(perm int32) string {
	s := []byte("---")
	for i, bit := range []int32{PermRead, PermWrite, PermInherit} {
		if perm&bit != 0 {
			s[i] = "RWX"[i]
		}
	}
	return string(s)
}
