// Package interop holds Apache RocketMQ as the referee of Plume: Apache's unmodified clients, servers and tools of versions
// 5.5.0 and 4.9.7, and its Go client, run against Plume's, both ways. See README.md.
//
// The tests have the build tag interop, and need a JDK and Maven:
//
//	go test -tags interop ./test/interop/...
package interop
