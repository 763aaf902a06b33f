// Package analysis performs the claims of docs/analysis: each test starts a real cluster, does what the claims in its name speak of
// and asserts on the recorded trace and on what happened. A claim has a verdict only with a test here, which package
// internal/catalog checks.
package analysis
