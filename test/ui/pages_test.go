//go:build ui

package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheWaterfallZooms(t *testing.T) {
	b := open(t, 1440, 900)
	row := b.rowOf("findBrokerAddressInPublish") // short in any trace
	b.click(row)
	b.until(`document.querySelector(".row.sel .nm").textContent === "findBrokerAddressInPublish"`, "the selection")
	width := `parseFloat(document.querySelector("` + row + ` svg.span rect").getAttribute("width"))`
	first := `[...document.querySelectorAll("svg.axis text")].map(t => t.textContent + "@" + t.getAttribute("x")).join(" ")`
	whole := js[string](b, first)
	before := js[float64](b, width)
	b.press("f")
	b.until(width+` > 80`, "f to zoom to the span")
	if js[string](b, first) == whole {
		t.Error("the axis is still the whole trace's")
	}
	b.shot("zoomed")
	b.press("s")
	b.until(width+` < 80`, "s to zoom out")
	b.press("0")
	b.until(fmt.Sprintf("Math.abs(%s - %f) < 0.01", width, before), "0 to show the whole trace")
	b.press("w")
	b.until(`!document.getElementById("zoom-reset").disabled`, "w to zoom in")
	at := js[string](b, first)
	b.press("a")
	b.press("a")
	b.press("d")
	b.until(first+` !== "`+at+`"`, "a and d to pan")
	b.press("Escape")
	b.until(`document.getElementById("zoom-reset").disabled`, "Esc to leave the zoom")
	b.press("[")
	b.until(`document.querySelectorAll(".row:not([hidden])").length < 12`, "[ to close the branches")
	b.press("]")
	b.until(`document.querySelectorAll(".row[hidden]").length === 0`, "] to open them")
}

func TestAClaimLightsItsSpans(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the panel")
	b.click(`.claim-box[data-claim="S4"] .show-spans`)
	b.until(`document.querySelectorAll(".row.claimed").length > 0`, "the claim's spans to be lit")
	for _, step := range strings.Fields(js[string](b, `[...document.querySelectorAll(".row.claimed")].map(r => r.dataset.step).join(" ")`)) {
		if !strings.Contains(js[string](b, `document.querySelector('.claim-box[data-claim="S4"]')?.dataset.steps ?? ""`), step) {
			t.Errorf("%s is lit and is none of the claim's steps", step)
		}
	}
	b.shot("claim-lit")
}

func TestTheLinesThatRan(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the panel")
	if got := b.text(".tape"); !strings.Contains(got, "consume_cold") {
		t.Errorf("the tape is %q", got)
	}
	ran := js[string](b, `[...document.querySelectorAll("#panel .ln.ran")].map(l => l.textContent).join("\n")`)
	if !strings.Contains(ran, "traceSendKernelImpl") || strings.Contains(ran, "SendMessageAsync") || strings.Contains(ran, "SendMessageOneway") {
		t.Errorf("of a sync send ran:\n%s", ran)
	}
}

func TestComparingSyncWithAsync(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(`#send button[value="async"]`)
	b.until(`location.pathname.startsWith("/trace/") && document.querySelector(".row") !== null`, "the async trace")
	b.until(`fetch("/compare").then(r => r.text()).then(t => { window.has = /Sync against async<\/a>/.test(t); }) && window.has === true`, "a complete async trace")
	b.visit("/compare")
	js[bool](b, `[...document.querySelectorAll(".filter a")].find(a => a.textContent === "Sync against async").click() || true`)
	b.until(`document.querySelector(".pairs") !== null`, "the comparison")
	if got := b.text(".pairs"); !strings.Contains(got, "sendMessageSync") || !strings.Contains(got, "sendMessageAsync") {
		t.Errorf("the table lacks the two modes: %s", got)
	}
	only := func(class string) string {
		return js[string](b, `[...document.querySelectorAll(".ln.`+class+`")].map(l => l.textContent).join("\n")`)
	}
	if a, bb := only("only-a"), only("only-b"); !strings.Contains(bb, "SendMessageAsync") || strings.Contains(a, "SendMessageAsync") {
		t.Errorf("lines of A alone:\n%s\nof B alone:\n%s", a, bb)
	}
	b.shot("compared-async")
}

func TestTheJourney(t *testing.T) {
	b := open(t, 1440, 900)
	cold, _ := b.ids()
	b.visit("/journey/" + cold)
	b.until(`document.querySelectorAll(".stage").length >= 5`, "the stages")
	way := b.text(".way")
	last := -1
	for _, stage := range []string{"Send", "Route", "Store", "Dispatch", "Pull", "Consume"} {
		at := strings.Index(way, stage)
		if at <= last {
			t.Errorf("%s is not where it belongs in %q", stage, way)
		}
		last = at
	}
}

func TestSearchInBothLanguages(t *testing.T) {
	b := open(t, 1440, 900)
	for query, want := range map[string]string{"sendKernelImpl": "/step/producer.sendKernelImpl", "消息": "/claims#", "TBW102": "/claims#"} {
		js[bool](b, `(() => { const f = document.getElementById("find"); f.focus(); document.getElementById("found").replaceChildren(); f.value = "`+query+`"; f.dispatchEvent(new Event("input")); return true; })()`)
		b.until(`!document.getElementById("found").hidden && document.querySelector('#found a[href^="`+want+`"]') !== null`, "hits for "+query)
	}
	b.shot("search")
	b.press("Escape")
	b.until(`document.getElementById("found").hidden`, "Esc to close the hits")
}

// A copy of the site in files works as the site does, somewhere below another server's root.
func TestTheExportInABrowser(t *testing.T) {
	live := open(t, 1440, 900)
	if err := live.demo.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := live.demo.Export(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/deep/down/", http.FileServer(http.Dir(dir))))
	defer server.Close()
	b := newBrowser(t, server.URL, 1440, 900)
	b.visit("/deep/down/")
	b.until(`document.querySelectorAll("#panel .ln.lit").length > 5 && document.querySelector("#panel .claim p") !== null`, "the source and the claims")
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl" && document.querySelector("#panel .ln.first")?.textContent.includes("sendKernelImpl(")`, "the panes to follow")
	b.until(`document.querySelectorAll("#panel .ln.ran").length > 5`, "the lines that ran")
	b.shot("export")
	js[bool](b, `location.reload() || true`)
	b.until(`document.querySelector(".pane-head h2")?.textContent === "sendKernelImpl"`, "the span of the address")
	b.click("#show-seq")
	b.until(`document.querySelectorAll(".seq .arrow").length > 3`, "the sequence")
	b.press("?")
	b.until(`document.querySelectorAll("#keys dd").length > 5`, "the help")
	b.press("?")
	js[bool](b, `(() => { const f = document.getElementById("find"); f.focus(); f.value = "producer.send"; f.dispatchEvent(new Event("input")); return true; })()`)
	b.until(`[...document.querySelectorAll("#found a")].some(a => a.pathname + a.hash === "/deep/down/steps/#producer.send")`, "the search without a server")
	b.click(`#found a[href$="/steps/#producer.send"]`)
	b.until(`document.querySelector("tr:target")?.id === "producer.send"`, "the step's place")
	b.click(`tr:target a[href*="source/#"]`)
	b.until(`document.querySelector("#viewer .ln.target")?.textContent.includes("func ") === true`, "the source at its line")
	b.shot("export-source")
	exportInChinese(b)
	exportOfWalkthroughs(b)

	b = newBrowser(t, server.URL, 390, 844)
	b.speaks("zh-CN,zh")
	b.visit("/deep/down/claims/#P4")
	b.until(`location.pathname + location.hash === "/deep/down/zh/claims/#P4" && document.documentElement.lang === "zh"`, "the browser's language at the first visit")
	b.visit("/deep/down/")
	b.until(`document.querySelectorAll("#panel .ln.lit").length > 5`, "the panes")
	if wide := js[int](b, "document.scrollingElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", wide)
	}
	b.shot("export-zh-phone")
}

// exportInChinese goes to the other language of a copy, where it is remembered.
func exportInChinese(b *browser) {
	b.t.Helper()
	b.visit("/deep/down/")
	b.until(`document.querySelector("#panel .claim p") !== null`, "the front page")
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the span")
	b.click("#other")
	b.until(`location.pathname === "/deep/down/zh/" && document.documentElement.lang === "zh" && document.querySelector(".pane-head h2")?.textContent === "sendKernelImpl"`, "the same span in Chinese")
	b.until(`document.querySelector("#panel .claim .verdict") !== null && document.querySelector("#panel h3").textContent === "当年的分析怎么说"`, "the panes in Chinese")
	b.until(`document.querySelectorAll("#panel .ln.lit").length > 5`, "the source")
	if text := js[string](b, `document.body.innerText`); strings.Contains(text, "⟦") || strings.Contains(text, "Attributes") {
		b.t.Error("the panes are not all in Chinese")
	}
	b.shot("export-zh")
	js[bool](b, `(() => { const f = document.getElementById("find"); f.focus(); f.value = "one connection"; f.dispatchEvent(new Event("input")); return true; })()`)
	b.until(`[...document.querySelectorAll("#found a")].some(a => a.pathname.startsWith("/deep/down/zh/walkthroughs/"))`, "a Chinese page for English words")
	b.visit("/deep/down/steps/")
	b.until(`location.pathname === "/deep/down/zh/steps/"`, "the choice to be remembered")
	b.click("#other")
	b.until(`location.pathname === "/deep/down/steps/" && document.documentElement.lang === "en"`, "the way back")
	b.visit("/deep/down/")
	b.until(`document.documentElement.dataset.js === "on" && document.documentElement.lang === "en"`, "English to be remembered")
}

// exportOfWalkthroughs takes source and claims from where a copy keeps them.
func exportOfWalkthroughs(b *browser) {
	b.t.Helper()
	for _, home := range []string{"/deep/down/", "/deep/down/zh/"} {
		b.visit(home + "walkthroughs/01-sync-send/#sendKernelImpl")
		b.until(`document.querySelectorAll("#walk-follow .ln.lit").length > 0 && document.querySelector("#walk-follow .claim .verdict") !== null`, "the panes of a walkthrough")
	}
	b.shot("export-walk-zh")
}
