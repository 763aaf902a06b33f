package consumequeue

import "errors"

var (
	// ErrUnit says that an entry cannot be one.
	ErrUnit = errors.New("illegal consume queue entry")
	// ErrTopicName says that a topic cannot be a folder's name.
	ErrTopicName = errors.New("topic cannot name a folder")
)
