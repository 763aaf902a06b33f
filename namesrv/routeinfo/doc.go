// Package routeinfo holds a name server's whole memory of a cluster: which topic has which queues on which broker, and at
// which addresses those brokers answer.
//
// [RouteInfoManager] keeps five tables under one read-write lock. Brokers write them (registration, unregistration, expiry),
// clients read one topic's rows at a time. Nothing here is persistent: a name server that restarts learns everything again
// from the brokers' next registrations.
//
// The package knows no transport. A broker's connection is a [Channel], of which it needs the identity and a way to close it.
//
// Java: namesrv.routeinfo (5.5.0).
package routeinfo
