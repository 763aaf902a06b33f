// Package mappedfile keeps an endless run of bytes in files of one size, named by the offset of their first byte: the ground
// on which the commit log and the consume queues stand. The name is Apache's; files are not mapped here but read and written
// at positions, so that an I/O error stays an error.
//
// Disk: docs/disk/commitlog.md#files.
package mappedfile
