// Package reliability proves what Plume promises when things go wrong: broker processes killed under load, bytes that are no
// frames, requests that are no requests, store folders that somebody has tampered with, disks without room.
//
// The kill tests run this test's own binary as brokers and consumers, so that a kill is a real one: SIGKILL of a process in the
// middle of its work. What producers were told, what an independent reader saw, and what the queues hold in the end are compared by
// check, which has tests of its own: every kind of violation, planted, must be found.
//
//	go test ./test/reliability                   # short form, seconds
//	PLUME_KILLS=50 go test -timeout 30m ./test/reliability -run Kill
//
// A run whose producers got too little done between two kills proves nothing and fails.
package reliability
