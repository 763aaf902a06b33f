// Package archtest holds the architecture as Go tests: which package may import which, which calls must go through a seam,
// and what every step owes to the registry. The rules themselves are in ARCHITECTURE.md.
package archtest
