//go:build ui

package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/plumemq/plume/internal/demo"
)

// fault finds a fault's button in the control bar.
func fault(id string) string { return `#faults-menu form[data-fault="` + id + `"] button` }

// breakIt opens the menu and clicks a fault's button.
func (b *browser) breakIt(id string) {
	b.t.Helper()
	if !js[bool](b, `document.getElementById("faults-menu").open`) {
		b.click("#faults-menu > summary")
	}
	b.click(fault(id))
}

// healAll clicks “All clear”, if need be in vain while something else still happens.
func (b *browser) healAll() {
	b.t.Helper()
	b.until(`document.getElementById("faults-menu") !== null`, "the control bar")
	if !js[bool](b, `document.getElementById("faults-menu").open`) {
		b.click("#faults-menu > summary")
	}
	b.click("#faults-menu .clear button")
	b.until(`document.querySelectorAll("#faults-strip .strip").length === 0`, "all to be clear")
	if pressed := js[int](b, `document.querySelectorAll('.toggle button[aria-pressed="true"]').length`); pressed != 0 {
		b.t.Errorf("%d buttons are still pressed", pressed)
	}
}

func TestEveryFaultSwitchesOnAndLeadsToItsTrace(t *testing.T) {
	// What the bars of the promised trace are called, and how many of them failed.
	promised := map[string]struct {
		bar    string
		failed bool
	}{
		"broker-kill": {"sendKernelImpl", true}, "broker-pause": {"sendKernelImpl", true}, "broker-restart": {"UNREGISTER_BROKER", false},
		"queue-full": {"sendKernelImpl", true}, "namesrv-down": {"sendKernelImpl", false}, "namesrv-stale": {"pickupTopicRouteData", true},
		"no-route": {"getRouteInfoByTopic", true}, "disk-slow": {"appendMessage", false}, "disk-full": {"sendKernelImpl", true},
		"net-delay": {"SEND_MESSAGE_V2", false}, "net-reset": {"sendKernelImpl", true}, "net-blackhole": {"sendKernelImpl", true},
		"consumer-slow": {"consumeMessage", false}, "consumer-fail": {"consumerSendMsgBack", true},
	}
	b := open(t, 1440, 900)
	for _, f := range demo.KnownFaults() {
		want, ok := promised[f.ID]
		if !ok {
			t.Errorf("nobody watches %s", f.ID)
			continue
		}
		b.visit("/")
		b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
		b.breakIt(f.ID)
		b.until(`location.pathname.startsWith("/trace/") && document.querySelector(".row") !== null`, f.ID+"'s trace")
		b.until(`[...document.querySelectorAll(".row .nm")].some(n => n.textContent === "`+want.bar+`")`, f.ID+": "+want.bar)
		if want.failed {
			b.until(`document.querySelector(".row.err") !== null`, f.ID+": a bar that failed")
		}
		if f.Lasts > 30*time.Second { // the restart may be over already
			b.until(`document.querySelector('#faults-strip [data-fault="`+f.ID+`"]') !== null`, f.ID+" in the strip")
			look := b.text(`#faults-strip [data-fault="` + f.ID + `"] .strip-look`)
			if !strings.Contains(look, strings.Split(strings.ReplaceAll(f.Look.EN, "`", ""), ".")[0]) {
				t.Errorf("%s: the strip says %q", f.ID, look)
			}
			if pressed := js[string](b, `document.querySelector('`+fault(f.ID)+`').getAttribute("aria-pressed")`); pressed != "true" {
				t.Errorf("%s: aria-pressed is %q", f.ID, pressed)
			}
		}
		if note := b.text(".under-note"); !strings.Contains(note, f.Title.EN) {
			t.Errorf("%s: the trace is marked %q", f.ID, note)
		}
		b.shot("fault-" + f.ID)
		b.healAll()
	}
}

func TestTheFaultsByKeyboardAndOnEveryPage(t *testing.T) {
	b := open(t, 1440, 900)
	js[bool](b, `document.querySelector("#faults-menu > summary").focus() ?? true`)
	b.key("\r")
	b.until(`document.getElementById("faults-menu").open`, "the menu to open by Enter")
	b.shot("faults-menu")
	js[bool](b, `document.querySelector('`+fault("disk-slow")+`').focus() ?? true`)
	b.key(" ")
	b.until(`location.pathname.startsWith("/trace/") && document.querySelector('[data-fault="disk-slow"].strip') !== null`, "a fault by the space bar")
	for _, page := range []string{"/steps", "/claims", "/faults", "/"} {
		b.visit(page)
		b.until(`document.querySelector('[data-fault="disk-slow"].strip') !== null`, "the strip on "+page)
	}
	b.until(`document.querySelector("#list .under") !== null`, "a mark in the list")
	first := js[int](b, `Number(document.querySelector("[data-left]").textContent)`)
	b.until(fmt.Sprintf(`Number(document.querySelector("[data-left]").textContent) < %d`, first), "the countdown")
	b.click(`#faults-strip [data-fault="disk-slow"] button[name="on"]`)
	b.until(`document.querySelectorAll(".strip").length === 0`, "the fault to heal")
	b.until(`document.querySelector(".said").textContent === "All is well again"`, "the word for screen readers")
	js[bool](b, `document.querySelector("#faults-menu > summary").focus() ?? true`)
	b.key("\r")
	b.until(`document.getElementById("faults-menu").open`, "the menu")
	b.key("\x1b")
	b.until(`!document.getElementById("faults-menu").open && document.activeElement.tagName === "SUMMARY"`, "Escape")
	b.visit("/faults")
	b.shot("faults-page")
}

func TestTheLoad(t *testing.T) {
	b := open(t, 1440, 900)
	b.click("#faults-menu > summary")
	b.do(chromedp.SetValue(chromedp.CSS(`#load-form input[name="rate"]`), "200"))
	b.click("#load-form button")
	b.until(`document.querySelector("[data-load]") !== null && parseInt(document.querySelector("[data-load-rate]").textContent) > 20`, "the load's rate")
	b.shot("load")
	b.healAll()
}

func TestFaultsDarkAndNarrow(t *testing.T) {
	b := open(t, 390, 844)
	b.breakIt("disk-slow")
	b.until(`location.pathname.startsWith("/trace/") && document.querySelector(".strip") !== null`, "a fault")
	if wide := js[int](b, "document.scrollingElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %d pixels wide on a phone of 390", wide)
	}
	b.shot("fault-phone")
	b.click("#faults-menu > summary")
	b.shot("faults-menu-phone")
	b.dark()
	b.shot("faults-menu-phone-dark")
	b.do(chromedp.EmulateViewport(1440, 900))
	b.shot("faults-menu-dark")
	b.healAll()
}
