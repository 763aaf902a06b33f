// Package instance is what all roles of one client id share: the connections, the table of topic routes and broker addresses, and
// the periodic work (routes every 30 s, heartbeats every 30 s, consumer offsets every 5 s, rebalancing every 20 s).
//
// A role acquires an instance, registers itself, starts it, and on its way out unregisters and releases it; the last release stops
// it. The tables are immutable snapshots: looking up an address takes no lock.
//
// Producers use the route table, the addresses and the heartbeat. The offset and rebalance loops run only once a consumer has
// registered.
package instance
