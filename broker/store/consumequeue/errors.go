package consumequeue

import "errors"

var (
	// ErrUnit says that an entry cannot be one.
	ErrUnit = errors.New("illegal consume queue entry")
	// ErrQueueOffset says that a message claims a place in its queue that cannot be its own: the queue offset in its record is
	// damaged, which no checksum covers.
	ErrQueueOffset = errors.New("impossible queue offset")
	// ErrTopicName says that a topic cannot be a folder's name.
	ErrTopicName = errors.New("topic cannot name a folder")
)
