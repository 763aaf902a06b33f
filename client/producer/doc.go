// Package producer sends messages.
//
// A [Producer] is made by [New], started, used by any number of goroutines, and shut down. A send looks up the topic's queues in a
// table that it keeps up to date in the background, picks one in turn, and asks the queue's broker to store the message; when that
// fails in a way that another broker may mend, it tries another one, until the time allowed is up. So a message may be stored more
// than once; its MsgID stays the same.
//
// The time allowed is the context's deadline, or 3 s without one. While other attempts may follow, one attempt may use half of what
// is left.
//
// Messages are never changed: one may be sent by several goroutines at once, and again after a failure.
//
// The story of a send is in send.go: sendDefaultImpl, the loop, and sendKernelImpl, one attempt.
package producer
