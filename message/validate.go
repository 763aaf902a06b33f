package message

import (
	"fmt"
	"strings"
)

// The longest names, in characters. A group is short enough for its retry topics to be names too.
const (
	MaxTopicLength      = 127
	MaxGroupLength      = 120
	MaxRetryTopicLength = 255 // of retry and dead-letter topics
)

const allowedCharacters = "^[%|a-zA-Z0-9_-]+$"

// InvalidNameError says why a topic or a group cannot be named so. It is ErrInvalidName.
type InvalidNameError struct {
	Name string
	// Remark is what Apache's broker answers.
	Remark string
}

// Error is the remark.
func (e *InvalidNameError) Error() string { return e.Remark }

// Unwrap is ErrInvalidName.
func (e *InvalidNameError) Unwrap() error { return ErrInvalidName }

// ValidateTopic tells whether a topic may have that name: an *InvalidNameError if not.
//
// Java: common.topic.TopicValidator#validateTopic (5.5.0).
func ValidateTopic(topic string) error {
	if err := validateCharacters("topic", topic); err != nil {
		return err
	}
	if IsRetryTopic(topic) || IsDLQTopic(topic) {
		if len(topic) > MaxRetryTopicLength {
			return invalidName(topic, "The specified topic is DLQ or Retry topic: %s, and it's longer than topic max length: %d",
				topic, MaxRetryTopicLength)
		}
		return nil
	}
	if len(topic) > MaxTopicLength {
		return invalidName(topic, "The specified topic: %s, is longer than topic max length: %d", topic, MaxTopicLength)
	}
	return nil
}

// ValidateGroup tells whether a group may have that name: an *InvalidNameError if not.
//
// Java: common.topic.TopicValidator#validateGroup (5.5.0).
func ValidateGroup(group string) error {
	if err := validateCharacters("group", group); err != nil {
		return err
	}
	if len(group) > MaxGroupLength {
		return invalidName(group, "The specified group: %s, is longer than group max length: %d", group, MaxGroupLength)
	}
	return nil
}

func validateCharacters(what, name string) error {
	if strings.TrimSpace(name) == "" {
		return invalidName(name, "The specified %s is blank.", what)
	}
	for i := range len(name) {
		if !isNameCharacter(name[i]) {
			return invalidName(name, "The specified %s: %s, contains illegal characters, allowing only %s", what, name, allowedCharacters)
		}
	}
	return nil
}

func isNameCharacter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '%' || c == '|'
}

func invalidName(name, format string, args ...any) error {
	return &InvalidNameError{Name: name, Remark: fmt.Sprintf(format, args...)}
}
