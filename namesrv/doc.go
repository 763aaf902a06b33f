// Package namesrv is RocketMQ's name server: brokers tell it which topics they hold, clients ask it where a topic is.
//
// [New] wires three parts: routeinfo (the tables, in memory only), kvconfig (a little that persists) and processor (one function
// per request code). Route queries run on an executor of their own, so that a flood of them never delays a broker's
// registration. Two background loops take brokers out again: one that looks for silent ones, one that carries out
// unregistrations in batches.
//
// Java: namesrv.NamesrvController (5.5.0).
package namesrv
