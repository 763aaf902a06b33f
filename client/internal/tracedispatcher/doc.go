// Package tracedispatcher brings the records of Apache's own message trace from the goroutines that send and consume to the trace
// topic: through a bounded queue that drops rather than blocks, in batches, by a producer whose own sends leave no records.
package tracedispatcher
