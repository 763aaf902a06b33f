package walkthrough_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/walkthrough"
)

const front = `---
title: T
remember: R
can: a
can: b
can: c
tree t: test/t.spantree.golden
---
`

const ending = "\n## <a id=\"answers\"></a>End\n\n- a\n"

const good = front + "Intro.\n\n## <a id=\"one\"></a>One\n\n```step\nop: x.one\nlook: return 1\n```\n\nSee {step:x.one}, {go:client.one|it}, {claim:P1}, {page:#answers}.\n\n> Why?\n>\n> Because.\n" + ending

// repository is a small one: one function, one step, one claim, one page.
func repository(en, zh string) fstest.MapFS {
	files := fstest.MapFS{
		"client/x.go":            {Data: []byte("package client\n\n// one is.\nfunc one() int {\n\treturn 1\n}\n")},
		"test/t.spantree.golden": {Data: []byte("one @client rocketmq.attempt=0\n")},
		"docs/analysis/send.md":  {Data: []byte("## P. S\n\n### P1\n- lines: 1\n- kind: claim\n- en: E\n- zh: Z\n")},
	}
	for _, name := range []string{"producer", "route", "client", "server"} {
		files["docs/analysis/"+name+".md"] = &fstest.MapFile{}
	}
	if en != "" {
		files["walkthroughs/01-t/en.md"] = &fstest.MapFile{Data: []byte(en)}
	}
	if zh != "" {
		files["walkthroughs/01-t/zh.md"] = &fstest.MapFile{Data: []byte(zh)}
	}
	return files
}

func open(t *testing.T, files fstest.MapFS, more ...*observ.Op) (*walkthrough.Book, error) {
	t.Helper()
	ops := append(more, observ.Define(observ.Op{ID: "x.one", Func: "client.one", Java: "X#one"}))
	cat, err := catalog.New(files, ops)
	if err != nil {
		t.Fatal(err)
	}
	return walkthrough.Load(files, cat)
}

func TestAGoodPage(t *testing.T) {
	book, err := open(t, repository(good, good))
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Check(); err != nil {
		t.Fatal(err)
	}
	p := book.Page("01-t", walkthrough.EN)
	s := p.Sections[0]
	if len(s.Lines) != 1 || len(s.Snippets) != 1 || s.Snippets[0].From != 4 || s.Snippets[0].Lit[0] != 5 || s.Claims[0] != "P1" {
		t.Errorf("the section is %+v", s)
	}
	for _, want := range []string{
		`<a class="ref step mono" href="#one" title="x.one">one</a>`, `<a class="ref go mono" href="/source/client/x.go#L4" title="client.one">it</a>`,
		`href="/claims#P1"`, `<a class="ref page" href="#answers">End</a>`, "<summary>Why?</summary>", "<p>Because.</p>",
	} {
		if !strings.Contains(string(s.Prose), want) {
			t.Errorf("the prose lacks %s:\n%s", want, s.Prose)
		}
	}
	if got := book.Anchor("x.one"); got != "01-t#one" {
		t.Errorf("the step is told of at %q", got)
	}
}

// Each way in which pages and program can part is found.
func TestDriftIsFound(t *testing.T) {
	replace := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the good page has no %q", old)
		}
		return strings.ReplaceAll(good, old, with)
	}
	both := func(page string) fstest.MapFS { return repository(page, page) }
	untold := observ.Define(observ.Op{ID: "x.two", Func: "client.one"})
	for name, c := range map[string]struct {
		files fstest.MapFS
		ops   []*observ.Op
		want  string
	}{
		"a step that is gone":            {files: both(replace("op: x.one", "op: x.gone")), want: "step x.gone"},
		"a line that is gone":            {files: both(replace("return 1", "return 2")), want: `no line "return 2"`},
		"a symbol that is gone":          {files: both(replace("{go:client.one|it}", "{go:client.gone}")), want: "{go:client.gone}"},
		"a claim that is gone":           {files: both(replace("{claim:P1}", "{claim:P9}")), want: "{claim:P9}"},
		"a step in prose that is gone":   {files: both(replace("{step:x.one}", "{step:x.gone}")), want: "{step:x.gone}"},
		"an anchor that is gone":         {files: both(replace("{page:#answers}", "{page:#gone}")), want: "{page:#gone}"},
		"a page that is gone":            {files: both(replace("{page:#answers}", "{page:02-gone}")), want: "{page:02-gone}"},
		"a test that is gone":            {files: both(replace("{page:#answers}", "{test:client.TestGone}")), want: "{test:client.TestGone}"},
		"a link that is dead":            {files: both(replace("{page:#answers}", "[x](/nowhere)")), want: "/nowhere"},
		"a link to the outside":          {files: both(replace("{page:#answers}", "[x](https://example.org)")), want: "example.org"},
		"a reference of an unknown kind": {files: both(replace("{claim:P1}", "{clam:P1}")), want: "{clam:P1}"},
		"a tree without the step": {
			files: both(replace("op: x.one", "op: x.two")), ops: []*observ.Op{untold}, want: "does not show step x.two",
		},
		"a step told of by nobody":     {files: both(good), ops: []*observ.Op{untold}, want: "x.two: no walkthrough"},
		"a missing translation":        {files: repository(good, ""), want: "no zh.md"},
		"a translation of other steps": {files: repository(good, replace("return 1", "one()")), want: "the step at one differs"},
		"a translation that goes elsewhere": {
			files: repository(good, replace(`id="one"`, `id="eins"`)), want: "the list of anchors differs",
		},
	} {
		t.Run(name, func(t *testing.T) {
			book, err := open(t, c.files, c.ops...)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestMalformedPagesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ page, golden string }{
		"no front matter":                  {page: "Hello"},
		"front matter without an end":      {page: "---\ntitle: T\n"},
		"an unknown key":                   {page: strings.Replace(good, "title: T", "titel: T", 1)},
		"two things to answer":             {page: strings.Replace(good, "can: a\n", "", 1)},
		"no answers":                       {page: strings.Replace(good, ending, "", 1)},
		"a heading without anchor":         {page: strings.Replace(good, `<a id="one"></a>`, "", 1)},
		"an anchor twice":                  {page: strings.Replace(good, ending, ending+ending, 1)},
		"a step before the first heading":  {page: strings.Replace(good, "Intro.", "```step\nop: x.one\n```", 1)},
		"two steps in one section":         {page: strings.Replace(good, "> Why?", "```step\nop: x.one\n```\n\n> Why?", 1)},
		"an unknown key of a step":         {page: strings.Replace(good, "look: ", "lok: ", 1)},
		"a tree with a span that is no op": {golden: "two @client\n"},
		"a tree that jumps":                {golden: "one @client\n    one\n"},
		"an empty tree":                    {golden: ""},
	} {
		t.Run(name, func(t *testing.T) {
			page := c.page
			if page == "" {
				page = good
			}
			files := repository(page, page)
			if c.page == "" {
				files["test/t.spantree.golden"] = &fstest.MapFile{Data: []byte(c.golden)}
			}
			if _, err := open(t, files); err == nil {
				t.Error("it was taken")
			}
		})
	}
}
