package commitlog

import (
	"strings"

	"github.com/plumemq/plume/message"
)

// MessageExtBrokerInner is a message on its way into the store. The store reads it during the call and keeps no reference
// to Body or the strings afterwards. QueueOffset, CommitLogOffset, StoreSize, BodyCRC and, when zero, StoreTimestamp are
// assigned by the store; the caller's struct is not written to.
//
// Java: store.MessageExtBrokerInner (common.message, 5.5.0).
type MessageExtBrokerInner struct {
	message.MessageExt
	// PropertiesString, when not empty, is stored as the properties instead of Properties, byte for byte.
	PropertiesString string
}

// Property is the value of a property, from PropertiesString when that is set; "" when missing.
func (m *MessageExtBrokerInner) Property(name string) string {
	if m.PropertiesString == "" {
		return m.Properties.Get(name)
	}
	return propertyOf(m.PropertiesString, name)
}

// propertyOf finds the last value of name in the wire form without parsing the rest.
func propertyOf(wire, name string) (value string) {
	for wire != "" {
		var pair string
		pair, wire, _ = strings.Cut(wire, "\x02")
		if len(pair) > len(name)+1 && pair[len(name)] == '\x01' && pair[:len(name)] == name {
			value = pair[len(name)+1:]
		}
	}
	return value
}

// MessageExtBatch is a batch for one queue: Body holds the messages in the client's batch encoding, whose own flags, bodies
// and properties are stored as separate records with consecutive queue offsets. Java: common.message.MessageExtBatch (5.5.0).
type MessageExtBatch struct{ MessageExtBrokerInner }
