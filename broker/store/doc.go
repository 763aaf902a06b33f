// Package store keeps a broker's messages, in Apache RocketMQ's own files: a store that its broker wrote opens here, and the
// other way round.
//
// There is one truth, the commit log (package commitlog), into which every message of every topic is written in turn.
// Everything else is derived from it and can be rebuilt: consume queues (package consumequeue) say where the messages of a
// queue lie, the index (package index) finds messages by key. The checkpoint (package checkpoint) says how far each was known
// to be on disk.
//
//	put  -> hooks -> commit log -> (sync, replication) -> acknowledgement
//	                     |
//	reput reads it  -----+---> consume queues, index -> waiting pulls
//	pull <- consume queue -> commit log
//
// [Open] loads and recovers, [DefaultMessageStore.Start] begins the background services, [DefaultMessageStore.Close] leaves
// a store that opens without recovery.
//
// What is promised, and tested: an acknowledged message survives the death of the process always, and the loss of power with
// [SyncFlush]; with [AsyncFlush] a loss of power costs at most the newest messages, never one from the middle. Nothing is
// acknowledged after a failed sync. Damage to what was durable is reported, not cut away.
//
// Disk: docs/disk/recovery.md.
package store
