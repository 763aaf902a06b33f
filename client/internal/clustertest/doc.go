// Package clustertest is a name server and brokers whose answers tests script, on a network in memory or on loopback. They are real
// remoting servers: what reaches them went through the client's whole transport.
package clustertest
