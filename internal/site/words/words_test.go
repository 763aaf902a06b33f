package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/plumemq/plume/internal/walkthrough"
)

var places = regexp.MustCompile(`\{\d\}`)

// The table is whole: every key once, with both languages, which fill in the same.
func TestEveryWordIsThereInBothLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range blocks(text) {
		if len(b) != 3 {
			t.Errorf("%q has %d lines, want a key, English and Chinese", b[0], len(b))
			continue
		}
		key, en, zh := b[0], b[1], b[2]
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
		if !slices.Equal(placesOf(en), placesOf(zh)) {
			t.Errorf("%s fills in %v in English and %v in Chinese", key, placesOf(en), placesOf(zh))
		}
		if strings.Count(en, "`")%2 != 0 || strings.Count(zh, "`")%2 != 0 {
			t.Errorf("%s has a quotation that does not end", key)
		}
		if han(en) && key != "search.lead" || !han(zh) && strings.ContainsFunc(en, unicode.IsLetter) && zh != en {
			t.Errorf("%s: %q and %q: not English and Chinese", key, en, zh)
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d words", len(seen))
	}
}

// placesOf are what a word fills in; the number that chooses between one and many may be left out.
func placesOf(s string) []string {
	found := places.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestSay(t *testing.T) {
	for _, c := range []struct {
		lang walkthrough.Lang
		key  string
		args []any
		want string
	}{
		{walkthrough.EN, "trace.spans", []any{1}, "1 span"},
		{walkthrough.EN, "trace.spans", []any{2}, "2 spans"},
		{walkthrough.ZH, "trace.spans", []any{1}, "1 个 span"},
		{Either, "span.call", []any{"a|b"}, "⟦span.call|a/b⟧"},
		{walkthrough.EN, "no.such.word", nil, "no.such.word"},
	} {
		if got := Say(c.lang, c.key, c.args...); got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.key, c.lang, got, c.want)
		}
	}
	if s := string(Script()); !strings.Contains(s, "span.call") || strings.Contains(s, "nav.traces") {
		t.Errorf("the script has the wrong words: %s", s)
	}
}
