// Package callback answers what servers ask of clients: that a group's members have changed (40), that offsets are to be reset (220),
// and what a consumer is doing (221, 307, 309).
//
// A consumer takes part by implementing the small interfaces here, as far as it can. What nobody here can answer yet, transaction
// checks (39) and replies to requests (326), is refused by name, so that the broker's log says what is missing.
package callback
