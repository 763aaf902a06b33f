//go:build ui

package ui_test

import (
	"os"
	"strings"
	"testing"
)

func TestTheFirstPageExplainsAFinishedTrace(t *testing.T) {
	b := open(t, 1440, 900)
	if n := js[int](b, `document.querySelectorAll(".row").length`); n < 25 {
		t.Errorf("%d bars, want at least 25", n)
	}
	story := b.text("#story")
	for _, want := range []string{"The route was not cached", "Meanwhile, in a trace of its own", "Consumer group"} {
		if !strings.Contains(story, want) {
			t.Errorf("the story lacks %q: %s", want, story)
		}
	}
	if got := b.text(".pane-head h2"); got != "send TopicTest" {
		t.Errorf("the panes show %q", got)
	}
	if n := js[int](b, `document.querySelectorAll(".ln.lit").length`); n < 5 {
		t.Errorf("%d lines are lit", n)
	}
	b.shot("front-page")
	b.forReadme()
}

// forReadme takes the README's picture, if it is asked for: one attempt of a send that is complete, its code, and what the analysis said.
func (b *browser) forReadme() {
	b.t.Helper()
	if os.Getenv("PLUME_UI_PICTURE") == "" {
		return
	}
	b.until(`fetch("/").then(r => r.text()).then(t => { window.whole = t.includes('data-complete="true"'); }) && window.whole === true`, "a complete trace")
	b.visit("/")
	b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl" && document.querySelector("#live.on") !== null`, "the panes")
	js[bool](b, `document.activeElement.blur() ?? true`)
	b.picture("../../docs/images/demo.png")
}

func TestThePanesFollowEachOther(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the panes to follow a click on a bar")
	if got := b.text(".ln.first code"); !strings.Contains(got, "sendKernelImpl(") {
		t.Errorf("the source shows %q", got)
	}
	visible := `(() => { const c = document.querySelector("#panel .code").getBoundingClientRect(), l = document.querySelector(".ln.first").getBoundingClientRect(); return l.top >= c.top && l.bottom <= c.bottom; })()`
	if !js[bool](b, visible) {
		t.Error("the function's first line is not in sight")
	}
	if got := b.text(".source-head"); !strings.Contains(got, "DefaultMQProducerImpl#sendKernelImpl") || !strings.Contains(got, "client/producer/") {
		t.Errorf("the source's head is %q", got)
	}
	if got := b.text(".facts-pane"); !strings.Contains(got, "S4") {
		t.Errorf("no claim in %q", got)
	}
	if !strings.Contains(js[string](b, "location.search"), "span=") {
		t.Error("the address does not name the span")
	}

	b.click(`#panel a.call[title*="findBrokerAddressInPublish"]`)
	b.until(`document.querySelector(".row.sel .nm").textContent === "findBrokerAddressInPublish"`, "the waterfall to follow a call in the source")

	b.click("#story li:nth-child(3) a")
	b.until(`document.querySelector(".row.sel").dataset.s === document.querySelector("#story li:nth-child(3) a").dataset.s`, "the waterfall to follow the story")
	b.until(`document.querySelector(".pane-head").dataset.s === document.querySelector(".row.sel").dataset.s`, "the panes to follow the story")

	b.click(b.rowOf("ReputMessageService.doReput"))
	b.until(`document.querySelector(".pane-head h2").textContent === "ReputMessageService.doReput"`, "the panes to show a linked trace's span")
	if got := b.text(".links"); !strings.Contains(got, "SEND_MESSAGE_V2") {
		t.Errorf("links: %q", got)
	}
	b.shot("linked-span")
}

func TestTheKeyboard(t *testing.T) {
	b := open(t, 1440, 900)
	selected := func() string { return b.text(".row.sel .nm") }
	b.key("j")
	b.until(`document.querySelector(".pane-head h2").textContent === "tryToFindTopicPublishInfo"`, "j")
	b.key(".")
	b.until(`document.querySelector(".row.sel .nm").textContent === "updateTopicRouteInfoFromNameServer"`, "a full stop")
	b.key(",")
	if got := selected(); got != "tryToFindTopicPublishInfo" {
		t.Errorf("after a comma: %s", got)
	}
	before := js[int](b, `document.querySelectorAll(".row:not([hidden])").length`)
	b.key("h")
	if after := js[int](b, `document.querySelectorAll(".row:not([hidden])").length`); after >= before {
		t.Errorf("h closed nothing: %d rows before, %d after", before, after)
	}
	b.key("l")
	if after := js[int](b, `document.querySelectorAll(".row:not([hidden])").length`); after != before {
		t.Errorf("l did not open again: %d rows before, %d after", before, after)
	}
	b.key("v")
	b.until(`document.querySelector(".seq") !== null && !document.getElementById("seq-wrap").hidden`, "the sequence view")
	if n := js[int](b, `document.querySelectorAll(".seq .lane").length`); n < 4 {
		t.Errorf("%d lanes, want 4", n)
	}
	if !js[bool](b, `document.querySelector(".zooms").hidden && document.querySelectorAll(".seq .answer").length >= 2`) {
		t.Error("the sequence has buttons that zoom nothing, or lacks the answers")
	}
	b.shot("sequence")
	b.key("?")
	b.until(`document.getElementById("keys").open`, "the help")
}

func TestSendOneInEveryMode(t *testing.T) {
	b := open(t, 1440, 900)
	for mode, want := range map[string]string{
		"sync": "sendMessageSync", "async": "sendMessageAsync", "oneway": "sendMessageOneway", "newtopic": "registerBrokerAll",
	} {
		b.visit("/")
		b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
		b.click(`#send button[value="` + mode + `"]`)
		b.until(`location.pathname.startsWith("/trace/") && document.querySelector(".row") !== null`, mode+"'s trace")
		b.until(`[...document.querySelectorAll(".row .nm")].some(n => n.textContent === "`+want+`")`, want)
		b.until(`document.getElementById("look").textContent.startsWith("What to look for")`, mode+"'s hint")
		b.shot("send-" + mode)
	}
}

func TestTheListIsLive(t *testing.T) {
	b := open(t, 1440, 900)
	b.until(`document.querySelector("#live.on") !== null`, "the event stream")
	b.visit("/?kind=all")
	b.until(`document.querySelector("#live.on") !== null`, "the event stream")
	before := js[int](b, `document.querySelectorAll("#list li").length`)
	js[bool](b, `fetch("/send", { method: "POST", headers: { "X-Plume-Token": document.body.dataset.token }, body: new URLSearchParams({ mode: "sync" }) }) && true`)
	b.until(`document.querySelectorAll("#list li.new").length > 0`, "a new line in the list")
	if after := js[int](b, `document.querySelectorAll("#list li").length`); after <= before {
		t.Errorf("%d lines before, %d after", before, after)
	}
}

func TestDarkAndNarrow(t *testing.T) {
	b := open(t, 390, 844)
	if wide := js[int](b, "document.scrollingElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", wide)
	}
	b.shot("phone")
	b.dark()
	b.until(`getComputedStyle(document.body).colorScheme !== "" && getComputedStyle(document.documentElement).backgroundColor === "rgb(20, 23, 26)"`, "dark mode")
	b.shot("phone-dark")
}

func TestTheOtherPages(t *testing.T) {
	b := open(t, 1280, 900)
	for path, want := range map[string]string{
		"/steps": "producer.sendKernelImpl", "/claims": "sendDefaultImpl", "/step/producer.sendKernelImpl": "Seen just now",
		"/source/client/producer/send.go": "sendKernelImpl", "/?kind=background": "sendHeartbeatToAllBroker",
	} {
		b.visit(path)
		b.until(`document.body.textContent.includes("`+want+`")`, path)
	}
	b.visit("/claims")
	b.shot("claims")
	b.visit("/step/store.doReput")
	b.shot("step")
}
