// Package tape holds which lines of source really ran in each golden span tree.
//
// `make tape` runs the end-to-end tests in a coverage build and keeps, per golden tree, the lines of each step's function that ran
// while the tree's spans did. A tape is a text file beside its golden tree, test/e2e/testdata/NAME.tape:
//
//	steps producer.send producer.sendKernelImpl
//	client/producer.(*Producer).sendKernelImpl 1f0c22aa 0-12 15 18-21
//
// The first line is the set of the tree's steps, by which a live trace finds its tape; a step of which a span failed stands there twice,
// the second time with an exclamation mark: where something fails, other lines run. Each other line is a function: its symbol, a
// hash of its text, and its lines that ran, counted from the line of "func". The hash says whether the function is still the one
// that ran.
package tape
