// Package commitlog is the one sequence of bytes into which a broker writes every message of every topic.
//
// A put costs one turn of a mutex, in which the message gets its queue offset and its place and is encoded into a buffer that
// all puts share. Whoever finds nobody writing becomes the writer: it takes the buffer, writes it with one call, completes
// the puts in it and goes on until the buffer stays empty. No lock is held over I/O, and no put completes before its bytes
// are with the operating system, so that a killed process loses nothing that was acknowledged. With [SyncFlush] a put
// further waits for a sync, and one sync serves all puts written before it.
//
// After a failed sync, or a write failed by anything but a full disk, the log is fenced: it refuses every further put,
// because nobody knows what the disk holds. Reads go on.
//
// Disk: docs/disk/commitlog.md.
package commitlog
