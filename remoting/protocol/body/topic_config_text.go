package body

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// The filter types of a topic.
//
// Java: common.TopicFilterType (5.5.0).
const (
	SingleTag = "SINGLE_TAG"
	MultiTag  = "MULTI_TAG"
)

// NewTopicConfig is a topic with Apache's defaults: 16 queues to read and to write, readable and writable, one tag a message.
func NewTopicConfig(name string) TopicConfig {
	return TopicConfig{TopicName: name, ReadQueueNums: 16, WriteQueueNums: 16, Perm: 6, TopicFilterType: SingleTag}
}

// Clone is a copy that shares nothing.
func (b *TopicConfig) Clone() TopicConfig {
	c := *b
	if b.Attributes != nil {
		c.Attributes = make(map[string]string, len(b.Attributes))
		for k, v := range b.Attributes {
			c.Attributes[k] = v
		}
	}
	return c
}

// AppendText appends the topic as it stands in a deflated registration: name, queues to read, queues to write, permission, filter
// type and attributes, with spaces between.
//
//	TopicTest 16 16 6 SINGLE_TAG {}
//
// Java: common.TopicConfig#encode (5.5.0).
func (b *TopicConfig) AppendText(dst []byte) []byte {
	dst = append(dst, b.TopicName...)
	for _, n := range [...]int32{b.ReadQueueNums, b.WriteQueueNums, b.Perm} {
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	dst = append(dst, ' ')
	dst = append(dst, b.TopicFilterType...)
	dst = append(dst, ' ')
	var w fastjson.Writer
	w.StringMap(b.Attributes)
	return append(dst, w.Bytes()...)
}

// ParseText reads what AppendText writes; 4.x writes no attributes. Attributes that cannot be read are dropped, as Java does.
//
// Java: common.TopicConfig#decode (5.5.0).
func (b *TopicConfig) ParseText(text string) error {
	words := strings.SplitN(text, " ", 6)
	if len(words) < 5 {
		return fmt.Errorf("TopicConfig %q: %w", text, ErrMalformed)
	}
	*b = TopicConfig{TopicName: words[0], TopicFilterType: words[4]}
	for i, to := range [...]*int32{&b.ReadQueueNums, &b.WriteQueueNums, &b.Perm} {
		n, err := strconv.ParseInt(words[1+i], 10, 32)
		if err != nil {
			return fmt.Errorf("TopicConfig %q: %w", text, err)
		}
		*to = int32(n)
	}
	if len(words) == 6 {
		r := fastjson.NewReader([]byte(words[5]))
		if attributes := r.StringMap(); r.End() == nil {
			b.Attributes = attributes
		}
	}
	return nil
}
