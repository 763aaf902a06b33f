// Package latency chooses the queue for each attempt of a send: in turn, on another broker than the one that just failed, and, when
// latency fault tolerance is on, away from brokers that were slow or failed of late.
package latency
