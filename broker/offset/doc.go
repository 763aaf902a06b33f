// Package offset keeps how far each consumer group has read each queue: config/consumerOffset.json.
package offset
