//go:build ui

package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestZZLook(t *testing.T) {
	b := open(t, 1440, 900)
	cold, warm := b.ids()
	b.click(`#send button[value="oneway"]`)
	b.until(`location.pathname.startsWith("/trace/")`, "trace")
	oneway := js[string](b, "location.pathname")
	pages := map[string]string{
		"front": "/", "trace": "/trace/" + cold, "oneway": oneway, "journey": "/journey/" + cold, "compare": "/compare", "compared": "/compare?a=" + cold + "&b=" + warm,
		"steps": "/steps", "step": "/step/producer.sendKernelImpl", "claims": "/claims", "faults": "/faults", "walks": "/walkthroughs",
		"walk6": "/walkthroughs/06-one-connection", "search": "/search?q=TBW102", "source": "/source/client/producer/send.go", "missing": "/trace/zz", "background": "/?kind=background",
	}
	for _, size := range [][2]int64{{1440, 900}, {390, 844}, {1024, 768}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		for name, path := range pages {
			for _, lang := range []string{"en", "zh"} {
				p := path
				if lang == "zh" {
					p = "/zh" + path
				}
				b.visit(p)
				b.until(`document.readyState === "complete" && document.documentElement.dataset.js === "on"`, "ready")
				over := js[string](b, `(() => { const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return ""; return document.documentElement.scrollWidth + ": " + [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest(".code, .tree-wrap, .list")).slice(0, 4).map(e => e.tagName + "." + e.className).join(" "); })()`)
				if over != "" {
					t.Log("OVERFLOW", size, p, over)
				}
				b.shot(fmt.Sprintf("look-%s-%s-%d", name, lang, size[0]))
			}
		}
	}
	_ = strings.Join
}
