// Package kvconfig is the name server's small persistent store: values by namespace and key, kept as Apache's kvConfig.json.
// Its one user of note is the namespace ORDER_TOPIC_CONFIG, which says on which brokers an ordered topic has its queues.
//
// Java: namesrv.kvconfig (5.5.0).
package kvconfig
