// Package race says whether the race detector runs along. Tests ask: under it sync.Pool drops at random, so that allocations cannot be
// counted, and the program's own work costs so much more than the kernel's that speeds say nothing about each other.
package race
