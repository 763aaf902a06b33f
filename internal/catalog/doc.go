// Package catalog joins what Plume knows about a step in one place: the step itself (its id, span name and Java counterpart,
// from every package's Steps), the Go function that performs it (found by symbol in the embedded source, never by line number) and
// the claims of the analysis that it shows (docs/analysis), with their verdicts and experiments (test/analysis, and test/interop for what is Apache's).
//
// The site serves from it, docs/spans.md is generated from it, and its tests fail on a step whose function is gone and on a
// claim, symbol or experiment that does not exist.
package catalog
