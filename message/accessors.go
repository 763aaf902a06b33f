package message

import (
	"strconv"
	"strings"
)

// Property is the value of a property, or "" when it is not set.
func (m *Message) Property(name string) string { return m.Properties.Get(name) }

// SetProperty sets a property; an empty value removes it, for it could not travel.
func (m *Message) SetProperty(name, value string) {
	if value == "" {
		m.Properties.Delete(name)
		return
	}
	m.Properties.Set(name, value)
}

// Tags is the message's tag, on which consumers filter.
func (m *Message) Tags() string { return m.Property(PropertyTags) }

// SetTags sets the tag.
func (m *Message) SetTags(tags string) { m.SetProperty(PropertyTags, tags) }

// Keys are the keys by which the message can be queried.
func (m *Message) Keys() []string { return strings.Fields(m.Property(PropertyKeys)) }

// SetKeys sets the keys; they must not contain spaces.
func (m *Message) SetKeys(keys ...string) {
	m.SetProperty(PropertyKeys, strings.Join(keys, KeySeparator))
}

// DelayTimeLevel is the delay level, from 1 on; 0 without one.
func (m *Message) DelayTimeLevel() int { return int(m.integer(PropertyDelayTimeLevel)) }

// SetDelayTimeLevel has the broker deliver the message later: by default, 1 is 1 s and 18 is 2 h. 0 takes that back.
func (m *Message) SetDelayTimeLevel(level int) { m.setInteger(PropertyDelayTimeLevel, int64(level)) }

// SetDelayTime has the broker deliver the message after so many milliseconds.
func (m *Message) SetDelayTime(ms int64) { m.setInteger(PropertyTimerDelayMS, ms) }

// SetDeliverTime has the broker deliver the message at a time, in milliseconds since the Unix epoch.
func (m *Message) SetDeliverTime(ms int64) { m.setInteger(PropertyTimerDeliverMS, ms) }

// WaitStoreMsgOK tells whether the broker is to wait for its disk and its slaves, as it is configured to; true unless set
// otherwise.
func (m *Message) WaitStoreMsgOK() bool {
	v, ok := m.Properties.Lookup(PropertyWaitStoreMsgOK)
	return !ok || strings.EqualFold(v, "true")
}

// SetWaitStoreMsgOK tells the broker whether to wait.
func (m *Message) SetWaitStoreMsgOK(wait bool) {
	m.SetProperty(PropertyWaitStoreMsgOK, strconv.FormatBool(wait))
}

// ShardingKey is what decides the queue of an ordered message.
func (m *Message) ShardingKey() string { return m.Property(PropertyShardingKey) }

// SetShardingKey sets it.
func (m *Message) SetShardingKey(key string) { m.SetProperty(PropertyShardingKey, key) }

// UniqID is the id that the producer gave the message, or "".
//
// Java: common.message.MessageClientIDSetter#getUniqID (5.5.0).
func (m *Message) UniqID() string { return m.Property(PropertyUniqClientMessageIDKeyIdx) }

// Clone is a copy that shares only the body.
func (m *Message) Clone() *Message {
	c := *m
	c.Properties = m.Properties.Clone()
	return &c
}

// integer is a property as a number; 0 where it is none.
func (m *Message) integer(name string) int64 {
	text := m.Property(name)
	if text == "" {
		return 0 // without an error made for it
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// setInteger sets a property to a number; 0 removes it.
func (m *Message) setInteger(name string, n int64) {
	if n == 0 {
		m.Properties.Delete(name)
		return
	}
	m.Properties.Set(name, strconv.FormatInt(n, 10))
}
