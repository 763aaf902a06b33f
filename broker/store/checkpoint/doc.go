// Package checkpoint keeps the file that says how far each part of the store was known to be on disk.
//
//	  0 physicMsgTimestamp 8 | logicsMsgTimestamp 8 | indexMsgTimestamp 8
//	 24 masterFlushedOffset 8 | confirmPhyOffset 8 | logicsPhysicalOffset 8        Apache's, all big endian
//	 64 magic 8 | durable 8 | dispatched 8 | queues 8 | queueOffsets 8 | indexEnd 8  Plume's
//	112 copy of bytes 0-47 | CRC-32 of bytes 64-159
//
// Apache's broker rewrites only its own part and leaves ours as it was, so ours counts only while the copy in it still matches.
//
// Disk: docs/disk/checkpoint.md.
package checkpoint
