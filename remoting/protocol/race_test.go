//go:build race

package protocol_test

// raceEnabled says that sync.Pool drops at random, so that allocations cannot be counted.
const raceEnabled = true
