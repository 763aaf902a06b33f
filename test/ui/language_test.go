//go:build ui

package ui_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// speaks makes the browser's reader want a language.
func (b *browser) speaks(languages string) {
	b.t.Helper()
	agent := js[string](b, "navigator.userAgent")
	if _, err := chromedp.Call(b.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: languages}); err != nil {
		b.t.Fatal(err)
	}
}

func TestTheSwitchOfTheLanguage(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(b.rowOf("sendKernelImpl"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the span")
	b.click("#other")
	b.until(`document.documentElement.lang === "zh" && location.pathname.startsWith("/zh/trace/")`, "Chinese")
	b.until(`document.querySelector(".pane-head h2").textContent === "sendKernelImpl"`, "the same span")
	b.shot("zh-trace")
	b.visit("/")
	b.until(`location.pathname === "/zh/" && document.documentElement.dataset.js === "on"`, "the choice to be remembered")
	b.shot("zh-front")
	b.click(b.rowOf("tryToFindTopicPublishInfo"))
	b.until(`document.querySelector(".pane-head h2").textContent === "tryToFindTopicPublishInfo" && location.pathname.startsWith("/zh/")`, "the panes to follow in Chinese")
	b.press("?")
	b.until(`document.querySelector("#keys h2")?.textContent === "键盘"`, "the help")
	b.shot("zh-help")
	b.press("?")
	b.click(`#send button[value="sync"]`)
	b.until(`location.pathname.startsWith("/zh/trace/") && document.getElementById("look").textContent.startsWith("看什么：")`, "a send in Chinese")
	b.until(`document.querySelector("#live.on") !== null`, "the event stream")
	js[bool](b, `fetch("/send", { method: "POST", headers: { "X-Plume-Token": document.body.dataset.token }, body: new URLSearchParams({ mode: "sync" }) }) && true`)
	b.until(`document.querySelector("#list li.new .sub")?.textContent.includes("个 span")`, "a new line in Chinese")
	b.breakIt("disk-slow")
	b.until(`document.querySelector('.strip[data-fault="disk-slow"] .strip-look')?.textContent.includes("留意") && document.querySelector(".under-note") !== null`, "a fault in Chinese")
	b.shot("zh-fault")
	b.healAll()
	b.until(`document.querySelector(".said").textContent === "一切恢复正常"`, "the word for screen readers")
	b.click("#other")
	b.until(`document.documentElement.lang === "en"`, "English")
	b.visit("/")
	b.until(`document.documentElement.dataset.js === "on" && location.pathname === "/"`, "English to be remembered")
}

func TestTheLanguageOfTheBrowser(t *testing.T) {
	b := open(t, 1440, 900)
	b.speaks("zh-CN,zh")
	b.visit("/steps")
	b.until(`location.pathname === "/zh/steps" && document.documentElement.lang === "zh"`, "the browser's language")
	b.visit("/zh/walkthroughs/01-sync-send#warm")
	b.until(`document.querySelector(".walk-step.here")?.id === "warm"`, "a walkthrough")
	b.click("#other")
	b.until(`document.documentElement.lang === "en" && document.querySelector(".walk-step.here")?.id === "warm"`, "the same step in English")
	b.visit("/steps")
	b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
	if lang := js[string](b, "document.documentElement.lang"); lang != "en" {
		t.Errorf("who chose English gets %s", lang)
	}
}

func TestChineseNarrowAndDark(t *testing.T) {
	b := open(t, 390, 844)
	cold, _ := b.ids()
	for name, path := range map[string]string{"trace": "/zh/trace/" + cold, "faults": "/zh/faults", "walk": "/zh/walkthroughs/09-when-things-break#busy", "claims": "/zh/claims"} {
		b.visit(path)
		b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
		if wide := js[int](b, "document.scrollingElement.scrollWidth"); wide > 390 {
			t.Errorf("%s is %d pixels wide on a phone of 390", path, wide)
		}
		b.shot("zh-phone-" + name)
	}
	b.dark()
	b.shot("zh-phone-dark")
	if text := b.text("nav"); !strings.Contains(text, "导读") {
		t.Errorf("the navigation says %q", text)
	}
}

// The hint after a send is in the language of the page that shows it, also when that is changed afterwards.
func TestTheHintSpeaksThePagesLanguage(t *testing.T) {
	b := open(t, 1440, 900)
	b.click(`#send button[value="oneway"]`)
	b.until(`document.getElementById("look").textContent.startsWith("What to look for")`, "the hint")
	b.click("#other")
	b.until(`location.pathname.startsWith("/zh/trace/") && document.getElementById("look").textContent.includes("请求")`, "the hint in Chinese")
	if got := b.text("#look"); strings.Contains(got, "bytes") {
		t.Errorf("the hint: %s", got)
	}
}
