package site

import (
	"html"
	"html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume"
)

func TestHighlight(t *testing.T) {
	got := highlight("// a < b\nfunc (t T) add(n int) string {\n\treturn t.len(`x\n<y>`, 0x1F) + string(len(s)) + F[int](nil)\n}\n")
	want := []template.HTML{
		`<span class="c">// a &lt; b</span>`,
		`<span class="k">func</span> (t T) <span class="nf">add</span>(n <span class="kt">int</span>) <span class="kt">string</span> {`,
		"\t" + `<span class="k">return</span> t.<span class="nf">len</span>(<span class="s">` + "`x</span>",
		`<span class="s">&lt;y&gt;` + "`" + `</span>, <span class="m">0x1F</span>) + <span class="kt">string</span>(<span class="nf">len</span>(s)) + F[<span class="kt">int</span>](<span class="k">nil</span>)`,
		"}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Whatever the file, what one reads is its text.
func TestHighlightKeepsTheText(t *testing.T) {
	tags := regexp.MustCompile(`</?span[^>]*>`)
	err := fs.WalkDir(plume.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(plume.Files, path)
		if err != nil {
			return err
		}
		var plain strings.Builder
		for _, line := range highlight(string(text)) {
			plain.WriteString(html.UnescapeString(tags.ReplaceAllString(string(line), "")) + "\n")
		}
		if plain.String() != string(text) && plain.String() != string(text)+"\n" {
			t.Errorf("%s is not the same any more", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
