package filter

import (
	"errors"
	"slices"
	"strings"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ErrExpression says that a subscription expression cannot be read.
var ErrExpression = errors.New("malformed subscription expression")

// IsTagType says whether an expression type is by tags; "" and TAG are.
//
// Java: common.filter.ExpressionType#isTagType (5.5.0).
func IsTagType(expressionType string) bool {
	return expressionType == "" || expressionType == heartbeat.ExpressionTag
}

// Build reads an expression: tags with "||" between, "*" or "" for all; one that is not by tags is carried unread.
//
// Java: remoting.protocol.filter.FilterAPI#build (5.5.0).
func Build(topic, expression, expressionType string) (*heartbeat.SubscriptionData, error) {
	s := &heartbeat.SubscriptionData{Topic: topic, SubString: expression, ExpressionType: expressionType}
	if !IsTagType(expressionType) {
		if expression == "" {
			return nil, ErrExpression
		}
		return s, nil
	}
	s.ExpressionType = heartbeat.ExpressionTag
	if expression == "" || expression == heartbeat.SubAll {
		s.SubString = heartbeat.SubAll
		return s, nil
	}
	tags := strings.Split(expression, "||")
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(s.TagsSet, tag) {
			s.TagsSet = append(s.TagsSet, tag)
			s.CodeSet = append(s.CodeSet, int32(message.TagsCode(tag)))
		}
	}
	if len(s.TagsSet) == 0 {
		return nil, ErrExpression
	}
	return s, nil
}

// TagFilter lets through what a subscription by tags wants; a nil subscription everything. It implements store.MessageFilter.
//
// Java: broker.filter.ExpressionMessageFilter (5.5.0), its part for tags.
type TagFilter struct{ Subscription *heartbeat.SubscriptionData }

// IsMatchedByConsumeQueue compares a tags code.
func (f TagFilter) IsMatchedByConsumeQueue(tagsCode int64) bool {
	s := f.Subscription
	if s == nil || s.ClassFilterMode || s.SubString == heartbeat.SubAll || !IsTagType(s.ExpressionType) {
		return true
	}
	return slices.Contains(s.CodeSet, int32(tagsCode))
}

// IsMatchedByCommitLog lets everything through: tags were judged by their codes.
func (TagFilter) IsMatchedByCommitLog([]byte) bool { return true }
