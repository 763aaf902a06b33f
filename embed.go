// Package plume is the project's root. It holds nothing but the project itself: the Go sources, the documents and the
// walkthroughs, embedded, so that one binary can show the very code that it was built from. Programs import it; the client
// library never does.
//
// The library is in [github.com/plumemq/plume/client/producer] and [github.com/plumemq/plume/client/consumer].
package plume

import "embed"

// Files are the module's sources, documents and walkthroughs, under their paths in the repository.
//
//go:embed message/*.go remoting/*.go remoting/*/*.go remoting/*/*/*.go
//go:embed client/*.go client/*/*.go client/*/*/*.go
//go:embed namesrv/*.go namesrv/*/*.go broker/*.go broker/*/*.go broker/*/*/*.go
//go:embed embed.go internal/*/*.go docs/*/*.md docs/semconv/registry/*.yaml test/analysis/*.go
//go:embed walkthroughs/*/*.md test/e2e/*.go test/e2e/testdata/*.golden broker/store/testdata/*.golden namesrv/testdata/*.golden
var Files embed.FS
