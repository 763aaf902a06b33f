// Package heartbeat is the body of a client's heartbeat: the groups it belongs to and what they subscribe to.
package heartbeat
