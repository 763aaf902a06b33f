package walkthrough_test

import (
	"testing"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/walkthrough"
)

func load(t *testing.T) *walkthrough.Book {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	book, err := walkthrough.Load(plume.Files, cat)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestTheWalkthroughsHaveNotDrifted is the promise of the whole folder: whatever a page names is there, in both languages, and every step
// of the program is told of, over a golden tree in which a test has seen it.
func TestTheWalkthroughsHaveNotDrifted(t *testing.T) {
	if err := load(t).Check(); err != nil {
		t.Error(err)
	}
}
