package words

import (
	_ "embed" // the table
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/walkthrough"
)

//go:embed words.txt
var text string

// Either is no language: what is said in it is left to the reader's page, whose script knows the word. Fragments of a copy in files
// are written in it once for all languages.
const Either walkthrough.Lang = ""

// table has each key's words, the English first.
var table = parse(text) //nolint:gochecknoglobals // a table that never changes

// parse reads blocks of three lines: key, English, Chinese.
func parse(text string) map[string][2]string {
	out := map[string][2]string{}
	for _, block := range blocks(text) {
		if len(block) == 3 {
			out[block[0]] = [2]string{block[1], block[2]}
		}
	}
	return out
}

// blocks are the groups of lines between blank ones, without comments.
func blocks(text string) [][]string {
	var out [][]string
	for block := range strings.SplitSeq(text, "\n\n") {
		lines := slices.DeleteFunc(strings.Split(strings.Trim(block, "\n"), "\n"), func(l string) bool { return strings.HasPrefix(l, "#") })
		if len(lines) > 0 && lines[0] != "" {
			out = append(out, lines)
		}
	}
	return out
}

// Say is what a key means in a language, with its places filled in. A key that is not in the table stays as it is: a test finds it.
func Say(lang walkthrough.Lang, key string, args ...any) string {
	if lang == Either {
		return token(key, args)
	}
	word, ok := table[key]
	if !ok {
		return key
	}
	said := word[0]
	if lang == walkthrough.ZH {
		said = word[1]
	}
	if one, many, ok := strings.Cut(said, "|"); ok {
		if said = many; len(args) > 0 && args[0] == 1 {
			said = one
		}
	}
	for i, arg := range args {
		said = strings.ReplaceAll(said, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return said
}

// Both is a text of which the reader's page chooses the one in its language.
func Both(en, zh string) string { return token("", []any{en, zh}) }

// token is what static/say.js replaces by the word.
func token(key string, args []any) string {
	var b strings.Builder
	b.WriteString("⟦" + key)
	for _, arg := range args {
		b.WriteString("|" + strings.NewReplacer("|", "/", "⟦", "[", "⟧", "]").Replace(fmt.Sprint(arg)))
	}
	return b.String() + "⟧"
}

// Has says whether a key is in the table.
func Has(key string) bool {
	_, ok := table[key]
	return ok
}

// Script is a module with the words that the pages' scripts know.
func Script() []byte {
	known := map[string][2]string{}
	for key, word := range table {
		if strings.HasPrefix(key, "js.") || strings.HasPrefix(key, "span.") {
			known[key] = word
		}
	}
	data, err := json.Marshal(known)
	if err != nil {
		return nil // plain strings: does not fail
	}
	return fmt.Appendf(nil, "// The words of words.txt that scripts know, in English and 中文.\nexport const words = %s;\n", data)
}

// Keys are all keys of the table.
func Keys() []string { return slices.Sorted(maps.Keys(table)) }
