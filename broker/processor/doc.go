// Package processor answers the broker's requests: one file per request code or family of codes.
//
// A processor is a struct of the few things that it needs, each an interface of its own making, and implements
// remoting.Processor. Codes and remarks are Apache's wherever a client can see them. Names of topics and groups are validated
// before anything is done with them, for they become paths.
package processor
