package heartbeat

import (
	"slices"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// SubAll is the expression that takes every message.
const SubAll = "*"

// SubscriptionData is what a group wants of a topic.
//
// Java: remoting.protocol.heartbeat.SubscriptionData (5.5.0).
type SubscriptionData struct {
	ClassFilterMode bool
	Topic           string
	// SubString is the expression: tags with " || " between them, SubAll, or SQL.
	SubString string
	// TagsSet are the tags of the expression, and CodeSet their hash codes; both empty for all.
	TagsSet []string
	CodeSet []int32
	// SubVersion is when the subscription was made, in milliseconds since the Unix epoch: the latest one counts.
	SubVersion     int64
	ExpressionType string
	// FilterClassSource is the source of a filter class, of clients before 4.x.
	FilterClassSource string
}

// Equal compares everything, sets without regard to their order.
func (s *SubscriptionData) Equal(o *SubscriptionData) bool {
	return s.ClassFilterMode == o.ClassFilterMode && s.Topic == o.Topic && s.SubString == o.SubString &&
		s.SubVersion == o.SubVersion && s.ExpressionType == o.ExpressionType &&
		slices.Equal(slices.Sorted(slices.Values(s.TagsSet)), slices.Sorted(slices.Values(o.TagsSet))) &&
		slices.Equal(slices.Sorted(slices.Values(s.CodeSet)), slices.Sorted(slices.Values(o.CodeSet)))
}

// AppendJSON implements fastjson.Appender.
func (s *SubscriptionData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.BoolMember("classFilterMode", s.ClassFilterMode)
	w.Key("codeSet")
	w.BeginArray()
	for _, code := range s.CodeSet {
		w.Int(int64(code))
	}
	w.EndArray()
	w.OptionalString("expressionType", s.ExpressionType)
	w.OptionalString("subString", s.SubString)
	w.IntMember("subVersion", s.SubVersion)
	w.Key("tagsSet")
	w.Strings(s.TagsSet)
	w.OptionalString("topic", s.Topic)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable. An absent expression type is ExpressionTag.
func (s *SubscriptionData) ReadJSON(r *fastjson.Reader) {
	if s.ExpressionType == "" {
		s.ExpressionType = ExpressionTag
	}
	r.Object(func(name string) {
		switch name {
		case "classFilterMode":
			s.ClassFilterMode = r.Bool()
		case "codeSet":
			s.CodeSet = nil
			r.Array(func() { s.CodeSet = append(s.CodeSet, r.Int32()) })
		case "expressionType":
			s.ExpressionType = r.String()
		case "filterClassSource":
			s.FilterClassSource = r.String()
		case "subString":
			s.SubString = r.String()
		case "subVersion":
			s.SubVersion = r.Int64()
		case "tagsSet":
			s.TagsSet = r.Strings()
		case "topic":
			s.Topic = r.String()
		}
	})
}
