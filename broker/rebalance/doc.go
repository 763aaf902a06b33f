// Package rebalance keeps the locks by which one consumer of a group owns a queue while it consumes in order.
//
// A lock lives 60 s unless its holder renews it (clients do every 20 s), so a dead consumer's queues free themselves.
package rebalance
