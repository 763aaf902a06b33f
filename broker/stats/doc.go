// Package stats counts what the broker stored and served, and remembers enough of it to tell a rate: what mqadmin's
// clusterList and brokerStatus print, and topicStatus's put TPS.
package stats
