//go:build !linux

package store

// totalPhysicalMemory is a guess where the system is not asked.
func totalPhysicalMemory() int64 { return defaultPhysicalMemory }
