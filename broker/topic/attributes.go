package topic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/body"
)

// ErrAttribute says that a change of a topic's attributes is refused: malformed, unknown, or asking for what this broker lacks.
var ErrAttribute = errors.New("topic attribute refused")

// attributeValues are the attributes that topics may have, and their values; nil allows any.
//
// Java: common.TopicAttributes (5.5.0).
func attributeValues(key string) (values []string, known bool) {
	switch key {
	case "message.type":
		return []string{"UNSPECIFIED", "NORMAL", "FIFO", "DELAY", "TRANSACTION", "MIXED"}, true
	case "queue.type":
		return []string{"SimpleCQ"}, true
	case "cleanup.policy":
		return []string{"DELETE"}, true
	}
	return nil, false
}

// alterAttributes applies changes, "+key" = value and "-key" = "", to what old has.
//
// Java: common.attribute.AttributeUtil#alterCurrentAttributes (5.5.0).
func alterAttributes(old *body.TopicConfig, changes map[string]string) (map[string]string, error) {
	next := map[string]string{}
	if old != nil {
		maps.Copy(next, old.Attributes)
	}
	for name, value := range changes {
		key := strings.TrimLeft(name, "+-")
		allowed, known := attributeValues(key)
		switch {
		case !known:
			return nil, fmt.Errorf("%w: unsupported key: %s", ErrAttribute, key)
		case strings.HasPrefix(name, "+") && !slices.Contains(allowed, value):
			return nil, fmt.Errorf("%w: %s=%s is not one of %v", ErrAttribute, key, value, allowed)
		case strings.HasPrefix(name, "+"):
			next[key] = value
		case strings.HasPrefix(name, "-"):
			delete(next, key)
		default:
			return nil, fmt.Errorf("%w: add/alter attribute format is wrong: %s", ErrAttribute, name)
		}
	}
	return next, nil
}

// ParseAttributes reads "+key=value,-key", as request 17 carries it.
//
// Java: common.attribute.AttributeParser#parseToMap (5.5.0).
func ParseAttributes(text string) (map[string]string, error) {
	changes := map[string]string{}
	for change := range strings.SplitSeq(text, ",") {
		if change = strings.TrimSpace(change); change == "" {
			continue
		}
		key, value, _ := strings.Cut(change, "=")
		if !strings.HasPrefix(key, "+") && !strings.HasPrefix(key, "-") {
			return nil, fmt.Errorf("%w: add/alter attribute format is wrong: %s", ErrAttribute, key)
		}
		if _, twice := changes[key]; twice {
			return nil, fmt.Errorf("%w: key duplication: %s", ErrAttribute, key)
		}
		changes[key] = value
	}
	return changes, nil
}
