package filter_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/plumemq/plume/broker/filter"
	"github.com/plumemq/plume/message"
)

func TestBuildAndMatch(t *testing.T) {
	cases := []struct {
		expression string
		tags       []string
		pass, stop []string
	}{
		{"*", nil, []string{"A", ""}, nil},
		{"", nil, []string{"A", ""}, nil},
		{"A", []string{"A"}, []string{"A"}, []string{"B", ""}},
		{"A || B||C|| ", []string{"A", "B", "C"}, []string{"A", "B", "C"}, []string{"D"}},
		{"A||A", []string{"A"}, []string{"A"}, []string{"B"}},
		{"AaAa", []string{"AaAa"}, []string{"BBBB"}, nil}, // one hash code: the consumer tells them apart
	}
	for _, c := range cases {
		s, err := filter.Build("T", c.expression, "TAG")
		if err != nil || !slices.Equal(s.TagsSet, c.tags) {
			t.Fatalf("Build(%q) = %v, %v", c.expression, s, err)
		}
		f := filter.TagFilter{Subscription: s}
		for _, tag := range c.pass {
			if !f.IsMatchedByConsumeQueue(message.TagsCode(tag)) {
				t.Errorf("%q stops %q", c.expression, tag)
			}
		}
		for _, tag := range c.stop {
			if f.IsMatchedByConsumeQueue(message.TagsCode(tag)) {
				t.Errorf("%q lets %q through", c.expression, tag)
			}
		}
	}
	if _, err := filter.Build("T", " || ", ""); !errors.Is(err, filter.ErrExpression) {
		t.Errorf("an expression without tags: %v", err)
	}
}
