package schedule

import (
	"context"
	"strconv"
	"strings"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/message"
)

// Prepare readies a message for the store: one with a delay level goes to SCHEDULE_TOPIC_XXXX, one for an exact time is
// refused, for there is no timer wheel. A result other than nil is the refusal. msg's properties may be in either form.
//
// Java: broker.util.HookUtils#handleScheduleMessage (5.5.0).
func (l Levels) Prepare(ctx context.Context, msg *store.MessageExtBrokerInner) *store.PutMessageResult {
	if !mayBeDelayed(msg) || msg.SysFlag&message.FlagTransactionRollback != 0 && !committed(msg.SysFlag) {
		return nil
	}
	level, _ := strconv.Atoi(msg.Property(message.PropertyDelayTimeLevel))
	if level > 0 {
		l.transformDelayLevelMessage(ctx, msg, level)
		return nil
	}
	if isTimerMessage(msg) {
		return &store.PutMessageResult{Status: store.WheelTimerNotEnable}
	}
	return nil
}

func committed(flag message.SysFlag) bool {
	return flag&message.FlagTransactionRollback == message.FlagTransactionCommit
}

// mayBeDelayed is the cheap test that nearly every message fails.
func mayBeDelayed(msg *store.MessageExtBrokerInner) bool {
	if msg.Undelayed {
		return false
	}
	if msg.PropertiesString == "" {
		return len(msg.Properties) > 0
	}
	return strings.Contains(msg.PropertiesString, message.PropertyDelayTimeLevel+"\x01") || strings.Contains(msg.PropertiesString, "TIMER_")
}

func isTimerMessage(msg *store.MessageExtBrokerInner) bool {
	if msg.Property(message.PropertyTimerOutMS) != "" {
		return false
	}
	return msg.Property(message.PropertyTimerDeliverMS) != "" || msg.Property(message.PropertyTimerDelayMS) != "" ||
		msg.Property(message.PropertyTimerDelaySec) != ""
}

// transformDelayLevelMessage redirects msg to the queue of its level and notes where it belongs.
//
// Java: broker.util.HookUtils#transformDelayLevelMessage (5.5.0).
func (l Levels) transformDelayLevelMessage(ctx context.Context, msg *store.MessageExtBrokerInner, level int) {
	_, step := traceTransform(ctx, level)
	defer step.End(nil)
	props := msg.Properties
	if msg.PropertiesString != "" {
		props = message.ParseProperties(msg.PropertiesString)
	}
	if level > l.Max() {
		level = l.Max()
		props.Set(message.PropertyDelayTimeLevel, strconv.Itoa(level))
	}
	props.Delete(message.PropertyTimerDeliverMS)
	props.Delete(message.PropertyTimerDelaySec)
	props.Delete(message.PropertyTimerDelayMS)
	props.Set(message.PropertyRealTopic, msg.Topic)
	props.Set(message.PropertyRealQueueID, strconv.Itoa(int(msg.QueueID)))
	msg.Properties, msg.PropertiesString = props, props.String()
	msg.Topic, msg.QueueID = message.TopicSchedule, int32(level-1)
}

// messageTimeUp is the message that a due one becomes: its own topic and queue, everything else as it was. The delay level and
// the real topic stay among the properties on disk, as Apache's.
//
// Java: broker.schedule.ScheduleMessageService#messageTimeUp (5.5.0).
func messageTimeUp(due *message.MessageExt) (*store.MessageExtBrokerInner, bool) {
	queueID, err := strconv.ParseInt(due.Properties.Get(message.PropertyRealQueueID), 10, 32)
	topic := due.Properties.Get(message.PropertyRealTopic)
	if err != nil || topic == "" || topic == message.TopicTransHalf {
		return nil, false
	}
	msg := &store.MessageExtBrokerInner{MessageExt: *due}
	msg.Topic, msg.QueueID = topic, int32(queueID)
	msg.StoreTimestamp, msg.PreparedTransactionOffset = 0, 0
	msg.PropertiesString = due.Properties.String()
	return msg, true
}
