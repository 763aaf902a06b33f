// Package faulty wraps a real disk in faults that can be switched while it is used: slow, hanging, full, or dead together with
// the process that used it. Package simdisk is the disk in memory that also loses what was not synced.
package faulty
