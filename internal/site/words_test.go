package site

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/plumemq/plume/internal/site/words"
)

var (
	// asks are the places that ask for a word: t in a template, Say and the like in Go, say in a script.
	asks = regexp.MustCompile(`(?:\bt \(?(?:print )?|\bSay\([\w.()]+, |\bshell\(r, |\bmissing\(w, r, |\bv\.say\(|\bsay\()"([\w.]+)"`)
	// named are all texts in quotation marks that could be a word's key, or the beginning of one.
	named    = regexp.MustCompile(`"([a-z]+\.[\w.]*)"`)
	comments = regexp.MustCompile(`(?m)^\s*//.*$|\s// .*$`)
	actions  = regexp.MustCompile(`\{\{.*?\}\}`)
	markup   = regexp.MustCompile(`(?s)<[^>]*>`)
	kbd      = regexp.MustCompile(`<kbd>.*?</kbd>|<code>.*?</code>`)
	spoken3  = regexp.MustCompile(`\b(?:title|aria-label|placeholder|alt)="([^"]*)"`)
	literals = regexp.MustCompile("\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
	sentence = regexp.MustCompile(`(?:^|[^\w<.#\[])[A-Z]?[a-z]+,? [a-z]+ [a-z]+`)
)

// sources are the site's templates, scripts and Go files by name, without comments.
func sources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		switch filepath.Ext(name) {
		case ".go", ".js", ".html":
			data, err := os.ReadFile(name)
			out[name] = string(data)
			if filepath.Ext(name) != ".html" {
				out[name] = comments.ReplaceAllString(out[name], "")
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whoever asks for a word finds it, and every word is asks for.
func TestTheWordsAreThoseThatPagesSay(t *testing.T) {
	used, begun := map[string]bool{}, map[string]bool{}
	for name, text := range sources(t) {
		for _, m := range asks.FindAllStringSubmatch(text, -1) {
			if key := m[1]; !words.Has(key) && !strings.HasSuffix(key, ".") && strings.Contains(key, ".") {
				t.Errorf("%s asks for %q, which is no word", name, key)
			}
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
			if strings.HasSuffix(m[1], ".") {
				begun[m[1]] = true
			}
		}
	}
	for _, key := range words.Keys() {
		ok := used[key]
		for prefix := range begun {
			ok = ok || strings.HasPrefix(key, prefix)
		}
		if !ok {
			t.Errorf("nobody says %s", key)
		}
	}
}

// A template has no text of its own beside names.
func TestTemplatesSayNothingThatIsNotAWord(t *testing.T) {
	names := map[string]bool{"Plume": true, "Go": true, "Apache": true, "EN": true, "中文": true, "A": true, "B": true}
	for name, text := range sources(t) {
		if filepath.Ext(name) != ".html" {
			continue
		}
		text = actions.ReplaceAllString(text, "")
		for _, m := range spoken3.FindAllStringSubmatch(text, -1) {
			if strings.ContainsFunc(m[1], unicode.IsLetter) && len(strings.Trim(m[1], " ()")) > 1 {
				t.Errorf("%s: the attribute %s is not from the table of words", name, m[0])
			}
		}
		text = markup.ReplaceAllString(kbd.ReplaceAllString(text, " "), " ")
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if !names[word] {
				t.Errorf("%s: %q is not from the table of words", name, word)
			}
		}
	}
}

// A script has no sentence of its own.
func TestScriptsSayNothingThatIsNotAWord(t *testing.T) {
	for name, text := range sources(t) {
		if filepath.Ext(name) != ".js" {
			continue
		}
		for _, m := range literals.FindAllStringSubmatch(text, -1) {
			if said := m[1] + m[2] + m[3]; sentence.MatchString(said) {
				t.Errorf("%s: %q is not from the table of words", name, said)
			}
		}
	}
}
