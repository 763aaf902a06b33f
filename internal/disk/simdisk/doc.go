// Package simdisk is a disk in memory that behaves as badly as a real one may: a crash keeps of what was not synced whatever
// chance decides, and fault switches fill it, slow it or make it fail.
//
// A file has two contents: what reads see, and what is on the platter. Sync copies the first to the second. A crash keeps each
// unsynced sector of 512 bytes, each unsynced length and each unsynced name on its own, or loses it: as with a real page
// cache, something written later may survive something written earlier. All chance comes from the seed.
package simdisk
