// Package index finds messages by key: files of a hash table whose chains run from the newest entry to the oldest. It is
// derived from the commit log and can be rebuilt from it.
//
//	header   0 BEGINTIMESTAMP 8 | ENDTIMESTAMP 8 | BEGINPHYOFFSET 8 | ENDPHYOFFSET 8 | HASHSLOTCOUNT 4 | INDEXCOUNT 4
//	slots   40 number of the newest entry of each slot, 4 bytes each; 0 is none
//	entries    KEYHASH 4 | PHYOFFSET 8 | SECONDS since BEGINTIMESTAMP 4 | number of the previous entry of the slot 4
//
// Entries are written as they come; slots and header stay in memory and are written by Flush, so that a heavy load costs no
// scattered writes. A file whose slots and header disagree after a crash is dropped and rebuilt.
//
// Disk: docs/disk/index.md.
package index
