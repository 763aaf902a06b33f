// Package remoting is RocketMQ's transport: a [Client] that shares one connection per address among all of its callers, and a
// [Server] that hands each request to the [Processor] registered for its code, on that processor's own bounded [Executor].
//
// # One connection, many callers
//
// Every request carries an opaque number; its response carries it back, and the connection's response table matches the two. So
// any number of calls are in flight on one connection, and answers may come in any order. Calls come in three kinds: InvokeSync
// waits, InvokeAsync calls back, InvokeOneway expects no answer. The deadline of the context is the timeout.
//
// Nobody holds a lock over I/O. A caller appends its encoded frame to the connection's pending buffer. If no one is writing, it
// becomes the writer, for itself and for everyone who appends meanwhile, so that under load one system call carries many frames.
// The writer never blocks: what the socket does not take at once is left to the connection's flusher goroutine, which has a
// deadline and a bounded backlog, so that a peer that never reads costs neither its callers' time nor memory.
//
// # Goroutines
//
// A connection has a reader and a flusher. Processors run on Executors, never on the reader, and callbacks of asynchronous calls
// on the client's callback executor. A connection that fails wakes all of its waiting calls at once and leaves the table; the next
// call dials anew.
//
// The method names are those of Apache's NettyRemotingAbstract, NettyRemotingClient and NettyRemotingServer.
package remoting
