// Package session knows who is connected: which clients produce or consume for which group, and what each group subscribes to.
//
// Clients say so by heartbeat. They are forgotten when they say goodbye, when their connection closes, or when they have been
// silent for two minutes. Whenever the clients of a consumer group change, a listener is told, which has the group share out
// its queues anew.
package session
