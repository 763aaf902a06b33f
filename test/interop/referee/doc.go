// Package referee installs, starts and stops what the interop tests need: Apache RocketMQ's jars, its name server, broker,
// mqadmin and client programs, and Plume's own binary, each as a process on random loopback ports with folders of its own.
//
// It speaks to none of them through Plume's code: readiness is probed with frames written by hand, so that a fault in Plume
// cannot hide itself.
package referee
