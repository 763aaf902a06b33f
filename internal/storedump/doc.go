// Package storedump reads a store directory, Apache's or Plume's, and says what is in it: commit log, consume queues, index and checkpoint,
// item by item as it goes. It never writes, needs no broker, holds one record at a time, and goes on behind damage where it can.
// docs/disk describes the files.
package storedump
