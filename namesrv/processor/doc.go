// Package processor answers the name server's request codes: [ClientRequestProcessor] the route queries (105),
// [DefaultRequestProcessor] everything that brokers and admin tools ask.
//
// Java: namesrv.processor (5.5.0).
package processor
