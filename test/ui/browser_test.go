//go:build ui

package ui_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/plumemq/plume/internal/demo"
)

// patience bounds every wait in the browser.
const patience = 30 * time.Second

// browser is a tab that watches what it loads and what it complains about.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string     // of the site: scheme, host and port
	demo *demo.Demo // nil where the site is a copy in files

	mu       sync.Mutex
	problems []string
}

// longest bounds a test.
const longest = 8 * time.Minute

// open starts a demo and a browser on its front page.
func open(t *testing.T, width, height int64) *browser {
	t.Helper()
	needBrowser(t)
	d, err := demo.Start(t.Context(), demo.Config{BatchDelay: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	b := newBrowser(t, d.URL(), width, height)
	b.demo = d
	b.visit("/")
	b.until(`document.querySelector(".row") !== null && document.documentElement.dataset.js === "on"`, "the first trace")
	return b
}

// newBrowser starts a browser that may load from one origin only.
func newBrowser(t *testing.T, base string, width, height int64) *browser {
	t.Helper()
	b := &browser{t: t, base: base}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx, cancel = context.WithTimeout(ctx, longest)
	t.Cleanup(cancel)
	b.watchConsole()
	b.do(chromedp.EmulateViewport(width, height))
	b.media("light")
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.check)
	return b
}

func needBrowser(t *testing.T) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return
		}
	}
	if os.Getenv("PLUME_UI_REQUIRED") != "" {
		t.Fatal("no Chromium on this machine, and PLUME_UI_REQUIRED is set")
	}
	t.Skip("no Chromium on this machine: the site is not tried in a browser")
}

// listen notes every request that leaves the demo.
func (b *browser) listen(ev any) {
	e, ok := ev.(*network.EventRequestWillBeSent)
	if !ok {
		return
	}
	u, err := url.Parse(e.Request.URL)
	if err == nil && (u.Scheme == "data" || u.Scheme == "about" || "http://"+u.Host == b.base) {
		return
	}
	b.problem("request to " + e.Request.URL)
}

// watchConsole notes every error of the page.
func (b *browser) watchConsole() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.problem("console: " + fmt.Sprint(m))
		}
	}()
}

func (b *browser) problem(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, text)
}

// check is the end of every test: a page that complained or loaded from elsewhere fails it.
func (b *browser) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Errorf("the browser saw: %s", p)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) visit(path string) { b.do(chromedp.Navigate(b.base + path)) }

// js evaluates an expression.
func js[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true.
func (b *browser) until(expression, what string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if v, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression)); err == nil && v {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	b.shot("failed")
	b.t.Fatalf("waited in vain for %s: %s", what, expression)
}

// click clicks the first element that a CSS selector finds, as a mouse would.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b *browser) key(k string) { b.do(chromedp.KeyEvent(k)) }

// text is the text of an element.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(js[string](b, fmt.Sprintf("document.querySelector(%q)?.textContent ?? ''", selector)))
}

// rowOf is a selector for the first bar of that name.
func (b *browser) rowOf(name string) string {
	b.t.Helper()
	id := js[string](b, fmt.Sprintf(`[...document.querySelectorAll(".row")].find(r => r.querySelector(".nm").textContent === %q)?.id ?? ""`, name))
	if id == "" {
		b.t.Fatalf("no bar is called %s", name)
	}
	return "#" + id
}

func (b *browser) dark() { b.media("dark") }

// media chooses the colours. Nothing moves: a click on a page that fades in would be lost.
func (b *browser) media(colors string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colors}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// press presses a key that is no letter, as the page's scripts see it.
func (b *browser) press(key string) {
	b.t.Helper()
	js[bool](b, fmt.Sprintf(`(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true, cancelable: true })) || true`, key))
}

// shot keeps a picture of the page.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("PLUME_UI_SHOTS")
	if dir == "" {
		dir = "screenshots"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.picture(filepath.Join(dir, name+".png"))
}

func (b *browser) picture(file string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
