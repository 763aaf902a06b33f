// Package e2e holds the tests that run a whole cluster and read its traces: every one does what a walkthrough tells of and
// compares the spans with a golden tree.
package e2e
