//go:build race

package race

// Enabled says that the race detector runs along.
const Enabled = true
