// Package route is a topic's route: which queues it has on which brokers and where those are, as name servers answer it.
package route
