// Package bench measures whole sends: a producer, a name server and a broker in one process, over loopback TCP and a real disk.
//
//	go test ./test/bench -bench Send -run '^$'
package bench
