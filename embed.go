// Package plume is the project's root. It holds nothing but the project itself: the Go sources, the documents and the
// walkthroughs, embedded, so that one binary can show the very code that it was built from. Programs import it; the client
// library never does.
//
// The library is in [github.com/plumemq/plume/client/producer] and [github.com/plumemq/plume/client/consumer].
package plume

import "embed"

// Files are the module's sources, documents and walkthroughs, under their paths in the repository.
//
//go:embed message/*.go
//go:embed remoting/*.go remoting/*/*.go remoting/*/*/*.go
//go:embed client/*.go client/*/*.go client/*/*/*.go
//go:embed namesrv/*.go namesrv/*/*.go
//go:embed broker/*.go broker/*/*.go broker/*/*/*.go
//go:embed embed.go
//go:embed internal/*/*.go
//go:embed docs/*/*.md
//go:embed docs/semconv/registry/*.yaml
//go:embed test/analysis/*.go test/interop/claims*_test.go
//go:embed test/e2e/*.go
//go:embed test/e2e/testdata/*.golden broker/store/testdata/*.golden namesrv/testdata/*.golden
//go:embed test/e2e/testdata/*.tape
//go:embed walkthroughs/*/*.md
var Files embed.FS
