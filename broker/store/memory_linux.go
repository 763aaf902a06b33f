package store

import "golang.org/x/sys/unix"

// totalPhysicalMemory is the machine's RAM, in bytes.
func totalPhysicalMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return defaultPhysicalMemory
	}
	return int64(info.Totalram) * int64(info.Unit)
}
