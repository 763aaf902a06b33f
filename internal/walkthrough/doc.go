// Package walkthrough reads the guided stories in walkthroughs/, each written twice (en.md and zh.md), and holds them against what they
// tell of: the steps in internal/catalog, the Go source by symbol, the claims of the analysis, and the golden span trees, which are the
// very files that the end-to-end tests compare recorded traces with. Whatever a page says by name is looked up when the
// book is loaded, and [Book.Check] reports what is not there, so that prose and program cannot drift apart.
//
// The form of a page is in walkthroughs/README.md. Rendering as HTML with the panes beside the prose is internal/site's.
package walkthrough
