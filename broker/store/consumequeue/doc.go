// Package consumequeue keeps, for each queue, where its messages lie in the commit log: entries of 20 bytes, found by
// position. It is derived from the commit log and can be rebuilt from it.
//
//	0 PHYSICALOFFSET 8 | SIZE 4 | TAGSCODE 8     (big endian)
//
// Disk: docs/disk/consumequeue.md.
package consumequeue
