//go:build ui

package ui_test

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
)

// axeArtifact holds axe.min.js, the accessibility checks of axe-core.
const axeArtifact = "com.deque.html.axe-core:selenium:4.10.1"

// axe is the source of axe-core. Maven fetches it once; without Maven the test skips.
func axe(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("mvn"); err != nil {
		t.Skip("no Maven on this machine to fetch axe-core with: accessibility is not checked")
	}
	cache := os.Getenv("PLUME_INTEROP_DIR")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "plume-interop")
	}
	dir := filepath.Join(cache, "axe")
	jar := filepath.Join(dir, "selenium-4.10.1.jar")
	if _, err := os.Stat(jar); err != nil {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
			"-Dartifact="+axeArtifact, "-Dtransitive=false", "-DoutputDirectory="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("Maven could not fetch %s, so accessibility is not checked: %v\n%s", axeArtifact, err, out)
		}
	}
	archive, err := zip.OpenReader(jar)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	file, err := archive.Open("axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	source, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// ids are two complete traces of the demo.
func (b *browser) ids() (cold, warm string) {
	b.t.Helper()
	for _, sum := range b.demo.Store().List(tracestore.Filter{Kind: tracestore.Messages, Text: "TopicTest"}) {
		warm, cold = cold, sum.ID.String()
	}
	if cold == "" || warm == "" {
		b.t.Fatal("the demo has not two traces")
	}
	return cold, warm
}

// kinds are the addresses of one page of every kind.
func (b *browser) kinds() map[string]string {
	cold, warm := b.ids()
	return map[string]string{
		"front": "/", "trace": "/trace/" + cold, "background": "/?kind=background", "journey": "/journey/" + cold,
		"compare": "/compare", "compare-with": "/compare?a=" + cold, "compared": "/compare?a=" + cold + "&b=" + warm,
		"steps": "/steps", "step": "/step/producer.sendKernelImpl", "claims": "/claims", "verdict": "/claims?verdict=corrected",
		"source": "/source/client/producer/send.go", "search": "/search?q=route", "search-zh": "/search?q=%E8%B7%AF%E7%94%B1",
		"faults": "/faults", "trace-zh": "/zh/trace/" + cold, "claims-zh": "/zh/claims", "steps-zh": "/zh/steps", "faults-zh": "/zh/faults",
		"compared-zh": "/zh/compare?a=" + cold + "&b=" + warm, "journey-zh": "/zh/journey/" + cold, "walkthroughs-zh": "/zh/walkthroughs",
		"walkthrough-end": "/walkthroughs/01-sync-send#answers", "walkthroughs": "/walkthroughs", "walkthrough": "/walkthroughs/01-sync-send", "walkthrough-zh": "/zh/walkthroughs/01-sync-send",
	}
}

// Every kind of page, in both themes, passes axe.
func TestAccessibility(t *testing.T) {
	b := open(t, 1440, 900)
	source := axe(t)
	for _, theme := range []string{"light", "dark"} {
		if theme == "dark" {
			b.dark()
		}
		for name, path := range b.kinds() {
			b.visit(path)
			b.until(`document.documentElement.dataset.js === "on"`, "the scripts of "+path)
			b.inspect(source, theme+" "+name)
			b.shot("page-" + name + map[string]string{"dark": "-dark"}[theme])
		}
	}
	b.visit("/")
	b.until(`document.documentElement.dataset.js === "on"`, "the scripts")
	b.click("#show-seq")
	b.until(`document.querySelector(".seq") !== null`, "the sequence")
	b.inspect(source, "sequence")
	b.press("?")
	b.until(`document.getElementById("keys").open && document.querySelector("#keys dl") !== null`, "the help")
	b.inspect(source, "help")
}

// inspect runs axe on the page as it is.
func (b *browser) inspect(source, what string) {
	b.t.Helper()
	js[bool](b, source+"\n;true")
	js[bool](b, `window.axeFound = null, axe.run(document, { resultTypes: ["violations"] }).then((r) => {
		window.axeFound = r.violations.map((v) => v.id + " (" + v.impact + "): " + v.help + "\n" + v.nodes.slice(0, 4).map((n) => "    " + n.target + ": " + (n.any[0] ?? n.all[0] ?? n.none[0])?.message + " " + n.html.slice(0, 160)).join("\n")).join("\n");
	}, (e) => { window.axeFound = "axe itself: " + e; }), true`)
	b.until(`window.axeFound !== null`, "axe")
	if found := js[string](b, `window.axeFound`); found != "" {
		b.t.Errorf("%s:\n%s", what, found)
	}
}

// A trace in which calls failed can be read, too: its bars, its lines of source and its sequence.
func TestAccessibilityOfAFault(t *testing.T) {
	b := open(t, 1440, 900)
	source := axe(t)
	b.breakIt("net-reset")
	b.until(`location.pathname.startsWith("/trace/") && document.querySelector(".row.err") !== null`, "a bar that failed")
	b.until(`document.documentElement.dataset.js === "on" && document.querySelector(".bench").dataset.complete === "true"`, "the whole trace")
	b.click(b.rowOf("sendMessageSync"))
	b.until(`document.querySelector(".pane-head h2").textContent === "sendMessageSync" && document.querySelector(".call.err") !== null`, "the call that failed")
	if js[bool](b, `(({ color, backgroundColor }) => color === backgroundColor)(getComputedStyle(document.querySelector(".call.err")))`) {
		t.Error("the time of a call that failed is as red as what it stands on") // which axe does not judge
	}
	b.inspect(source, "fault")
	b.dark()
	b.inspect(source, "dark fault")
	b.click("#show-seq")
	b.until(`document.querySelector(".seq .arrow.lost") !== null`, "the call that reached nobody")
	b.inspect(source, "dark fault's sequence")
	b.shot("fault-sequence")
	b.healAll()
}
