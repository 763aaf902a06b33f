package commitlog

import (
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
	// Followed says that the caller puts another message next and then calls WriteGathered: this one may wait for that to be written.
	Followed bool
	// Undelayed says that the properties were looked through, and ask for no delay.
	Undelayed bool
}

// Property is the value of a property, from PropertiesString when that is set; "" when missing.
func (m *MessageExtBrokerInner) Property(name string) string {
	if m.PropertiesString == "" {
		return m.Properties.Get(name)
	}
	return message.RecordProperty(m.PropertiesString, name)
}

// MessageExtBatch is a batch for one queue: Body holds the messages in the client's batch encoding, whose own flags, bodies
// and properties are stored as separate records with consecutive queue offsets. Java: common.message.MessageExtBatch (5.5.0).
type MessageExtBatch struct{ MessageExtBrokerInner }
