// Package schedule delivers delayed messages.
//
// A message with a delay level is stored in SCHEDULE_TOPIC_XXXX, in the queue of its level, with its real topic and queue as
// properties. Within a queue messages fall due in the order in which they were stored, so that one offset per level is all
// there is to remember: config/delayOffset.json. Every 100 ms the service looks at the head of each queue and stores what is
// due again, now under its real topic.
//
// Delivery is at least once. The file never names an offset whose delivered copy is not on disk yet: a power cut repeats
// deliveries, and loses none.
package schedule
