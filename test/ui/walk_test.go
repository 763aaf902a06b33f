//go:build ui

package ui_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/walkthrough"
)

func walkthroughs(t *testing.T) *walkthrough.Book {
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

// Every step of every walkthrough, in both languages: picking it brings its tree, its spans, its source and its claims.
func TestEveryWalkthroughFollows(t *testing.T) {
	book := walkthroughs(t)
	b := open(t, 1440, 900)
	for _, topic := range book.Topics {
		for _, lang := range walkthrough.Langs() {
			p := book.Page(topic, lang)
			b.visit(p.Path())
			b.until(`document.documentElement.dataset.js === "on" && document.querySelector(".walk-step.here") !== null`, p.Path())
			follow(b, p)
			b.click(".walk-steps li:nth-child(2) a")
			b.shot(fmt.Sprintf("walk-%s-%s", topic, lang))
		}
	}
}

// beside is what the panes show of a step.
type beside struct {
	Here, Tree             string
	Lit                    []int
	Snippets, Look, Claims int
}

// pickAll picks every step of the page, one after the other, and says what the panes showed each time.
const pickAll = `[...document.querySelectorAll(".walk-steps a")].map((a) => {
	a.click();
	const all = (q) => [...document.querySelectorAll(q)];
	return {
		Here: document.querySelector(".walk-step.here").id,
		Tree: document.querySelector(".walk-tree:not([hidden])")?.dataset.tree ?? "",
		Lit: all(".walk-tree:not([hidden]) .wl.sel").map((l) => Number(l.dataset.i)),
		Snippets: all("#walk-follow .walk-code").length, Look: all("#walk-follow .ln.lit").length, Claims: all("#walk-follow .claim").length,
	};
})`

func follow(b *browser, p *walkthrough.Page) {
	b.t.Helper()
	seen := js[[]beside](b, pickAll)
	if len(seen) != len(p.Sections) {
		b.t.Fatalf("%s: %d steps, want %d", p.Path(), len(seen), len(p.Sections))
	}
	for i, s := range p.Sections {
		want := beside{Here: s.Anchor, Tree: seen[i].Tree, Lit: []int{}, Snippets: len(s.Snippets), Claims: len(s.Claims)}
		if s.Tree != nil {
			want.Tree, want.Lit = s.Tree.Name, s.Lines
		}
		for _, sn := range s.Snippets {
			want.Look += len(slices.Compact(slices.Sorted(slices.Values(sn.Lit))))
		}
		if fmt.Sprint(seen[i]) != fmt.Sprint(want) {
			b.t.Errorf("%s: beside the step stands %+v, want %+v", p.Path(), seen[i], want)
		}
	}
}

func TestAWalkthroughIsLive(t *testing.T) {
	b := open(t, 1440, 900)
	b.visit("/walkthroughs/01-sync-send")
	b.until(`document.querySelector(".walk-step.here") !== null`, "the story")
	b.click(`.walk-tree[data-tree="cold"] .wl[data-a="invokeSyncImpl"]`)
	b.until(`document.querySelector(".walk-step.here").id === "invokeSyncImpl"`, "the story to follow a span of the tree")
	js[bool](b, `(document.querySelector("#warm").scrollIntoView(), true)`)
	b.until(`document.querySelector(".walk-step.here").id === "warm" && !document.querySelector('.walk-tree[data-tree="warm"]').hidden`, "the panes to follow the scrolling")
	b.key("j")
	b.until(`document.querySelector(".walk-step.here").id === "selectOneMessageQueue"`, "the keyboard")
	b.click(".walk-do button")
	b.until(`document.querySelector(".walk-do [role=status] a") !== null`, "the send")
	trace := js[string](b, `document.querySelector(".walk-do [role=status] a").getAttribute("href").slice("/trace/".length)`)
	b.until(`document.querySelector('[data-live="`+trace+`"]') !== null`, "the times of the trace just made")
	if took := b.text(`.walk-tree[data-tree="warm"] .wl .tk`); took == "" {
		t.Error("the tree shows no times")
	}
	b.shot("walk-live")
	b.visit("/walkthroughs/06-one-connection#measured")
	b.until(`document.documentElement.dataset.js === "on" && document.querySelector(".walk-step.here")?.id === "measured"`, "the measurement")
	b.click(".walk-measure button")
	b.until(`document.querySelectorAll(".walk-measure tbody tr").length === 5`, "its numbers")
	b.shot("walk-measured")
	b.visit("/walkthroughs")
	b.until(`document.querySelector(".walk-list li.begun") !== null`, "the place to be remembered")
	b.shot("walk-contents")
	b.visit("/zh/walkthroughs")
	b.until(`document.documentElement.lang === "zh"`, "the Chinese contents")
	b.shot("walk-contents-zh")
}

func TestAWalkthroughDarkNarrowAndPrinted(t *testing.T) {
	b := open(t, 390, 844)
	b.visit("/walkthroughs/01-sync-send#invokeSyncImpl")
	b.until(`document.querySelector(".walk-step.here") !== null`, "the story")
	if wide := js[int](b, "document.scrollingElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", wide)
	}
	b.shot("walk-phone")
	b.dark()
	b.shot("walk-phone-dark")
	b.visit("/walkthroughs/01-sync-send")
	b.shot("walk-phone-top")
}

// From the first page one click answers each of a newcomer's questions: the walkthrough opens at the step, with the lines that do it lit.
func TestANewcomersQuestions(t *testing.T) {
	b := open(t, 1440, 900)
	for anchor, lit := range map[string]string{
		"updateTopicRouteInfoFromNameServer": "GetTopicRouteInfoFromNameServer", "warm": "traceRouteCacheHit", "dies": "ch.responses.close(cause)",
	} {
		b.visit("/")
		b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
		b.click(`.asks a[href$="#` + anchor + `"]`)
		b.until(`document.querySelector(".walk-step.here")?.id === "`+anchor+`"`, "the step "+anchor)
		b.until(`[...document.querySelectorAll("#walk-follow .ln.lit")].some(l => l.textContent.includes("`+lit+`"))`, lit)
		b.shot("ask-" + anchor)
	}
}
