//go:build ui

package ui_test

import (
	"fmt"
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

// Every step of every walkthrough, in both languages: picking it brings its tree, its spans and its source, and picking its span brings it.
func TestEveryWalkthroughFollows(t *testing.T) {
	book := walkthroughs(t)
	b := open(t, 1440, 900)
	for _, topic := range book.Topics {
		for _, lang := range walkthrough.Langs() {
			p := book.Page(topic, lang)
			b.visit(p.Path())
			b.until(`document.documentElement.dataset.js === "on" && document.querySelector(".walk-step.here") !== null`, p.Path())
			for _, s := range p.Sections {
				follow(b, p, s)
			}
			b.click(".walk-steps li:nth-child(2) a")
			b.shot(fmt.Sprintf("walk-%s-%s", topic, lang))
		}
	}
}

func follow(b *browser, p *walkthrough.Page, s *walkthrough.Section) {
	b.t.Helper()
	where := p.Path() + "#" + s.Anchor
	js[bool](b, fmt.Sprintf(`(document.querySelector('.walk-steps a[data-a=%q]').click(), true)`, s.Anchor))
	b.until(fmt.Sprintf(`document.querySelector(".walk-step.here").id === %q`, s.Anchor), where)
	if len(s.Lines) > 0 {
		lit := fmt.Sprintf(`[...document.querySelectorAll('.walk-tree[data-tree=%q]:not([hidden]) .wl.sel')].map(l => +l.dataset.i)`, s.Tree.Name)
		if got := js[[]int](b, lit); fmt.Sprint(got) != fmt.Sprint(s.Lines) {
			b.t.Errorf("%s: the tree lights %v, want %v", where, got, s.Lines)
		}
	}
	if got := js[int](b, `document.querySelectorAll("#walk-follow .walk-code").length`); got != len(s.Snippets) {
		b.t.Errorf("%s: %d pieces of source beside it, want %d", where, got, len(s.Snippets))
	}
	for _, sn := range s.Snippets {
		if len(sn.Lit) > 0 && js[int](b, `document.querySelectorAll("#walk-follow .ln.lit").length`) == 0 {
			b.t.Errorf("%s: no line of the source is lit", where)
		}
	}
	if got := js[int](b, `document.querySelectorAll("#walk-follow .claim").length`); got != len(s.Claims) {
		b.t.Errorf("%s: %d claims beside it, want %d", where, got, len(s.Claims))
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
