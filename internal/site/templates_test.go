package site

import (
	"io/fs"
	"strings"
	"testing"
)

// TestEveryPageParses: pages are parsed when they are asked for, so a mistake in one would be found by its first reader.
func TestEveryPageParses(t *testing.T) {
	files, err := fs.Glob(assets, "templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all, err := parseParts()
	if err != nil {
		t.Fatal(err)
	}
	for lang, pages := range all {
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
			page, err := pages.page(name)
			if err != nil || page.Lookup("page") == nil || page.Lookup("content") == nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
			if again, _ := pages.page(name); again != page {
				t.Errorf("%s in %s is parsed twice", name, lang)
			}
		}
		if _, err := pages.page("none"); err == nil {
			t.Error("a page that is not there is")
		}
	}
}
