// Package message holds what travels through RocketMQ: messages, their properties, queues and identifiers, and the record in
// which a commit log stores them and a pull returns them.
package message
