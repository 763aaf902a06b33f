package site_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plumemq/plume/internal/tracestore/tracetest"
)

// open asks as a browser does that opens a page.
func (f *fixture) open(path, languages, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8088"+path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Accept-Language", languages)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "plume-lang", Value: cookie})
	}
	return f.do(r)
}

func TestTheLanguageOfTheFirstVisit(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	for _, c := range []struct{ path, languages, cookie, to string }{
		{"/", "", "", ""},
		{"/", "en-US,en;q=0.9", "", ""},
		{"/", "de,fr;q=0.5", "", ""},
		{"/", "zh-CN,zh;q=0.9,en;q=0.8", "", "/zh/"},
		{"/", "en;q=0.5,zh-TW;q=0.7", "", "/zh/"},
		{"/", "nonsense;q=x,,;q=2", "", ""},
		{"/", "zh-CN", "en", ""},
		{"/", "en-US", "zh", "/zh/"},
		{"/", "en-US", "tlh", ""},
		{"/compare?a=1&b=2", "zh", "", "/zh/compare?a=1&b=2"},
		{coldTrace + "?span=0000000000000009", "en", "zh", "/zh" + coldTrace + "?span=0000000000000009"},
		{"/zh/steps", "en", "en", ""}, // an address that names its language is obeyed
		{"/static/main.js", "zh", "", ""},
		{"/api/services", "zh", "", ""},
	} {
		w := f.open(c.path, c.languages, c.cookie)
		if got := w.Header().Get("Location"); got != c.to || c.to == "" && w.Code != http.StatusOK {
			t.Errorf("%s for %q with the cookie %q: %d to %q, want %q", c.path, c.languages, c.cookie, w.Code, got, c.to)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8088"+coldTrace, nil)
	r.Header.Set("Accept-Language", "zh")
	if w := f.do(r); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<html lang="en"`) {
		t.Errorf("a program that asks for an address gets %d", w.Code)
	}
}

func TestTheSwitchIsRemembered(t *testing.T) {
	f := newFixture(t, tracetest.ColdSend)
	mustContain(t, f.get(t, "/steps").Body.String(), `href="/zh/steps?lang=zh"`, `<html lang="en"`)
	zh := f.get(t, "/zh/steps").Body.String()
	mustContain(t, zh, `href="/steps?lang=en"`, `<html lang="zh"`, `href="/zh/claims"`, `href="/static/plume.css"`)
	if strings.Contains(zh, ` href="/claims"`) {
		t.Error("a Chinese page leads to an English one")
	}
	for path, want := range map[string][2]string{
		"/zh/steps?lang=zh": {"/zh/steps", "zh"}, "/steps?lang=en": {"/steps", "en"}, "/compare?a=1&lang=zh": {"/zh/compare?a=1", "zh"},
		"//evil.example/?lang=en": {"/", "en"}, "/zh//evil.example/?lang=en": {"/", "en"},
	} {
		w := f.open(path, "", "")
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want[0] || !strings.Contains(w.Header().Get("Set-Cookie"), "plume-lang="+want[1]) {
			t.Errorf("%s: %d to %q with %q", path, w.Code, got, w.Header().Get("Set-Cookie"))
		}
	}
	if w := f.get(t, "/steps?lang=tlh"); w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("an unknown language: %d", w.Code)
	}
}

// Every kind of page is Chinese through and through: none of the commonest English words of the interface is left.
func TestPagesInChinese(t *testing.T) {
	f, _, _ := breakable(t)
	for path, want := range map[string]string{
		"/zh/": "经过", "/zh" + coldTrace: "完整旅程", "/zh" + coldTrace + "/sequence": "服务之间的调用", "/zh/journey/" + strings.TrimPrefix(coldTrace, "/trace/"): "各个阶段",
		"/zh/compare": "对比两条调用链", "/zh/steps": "调用链里可能出现的每一个步骤", "/zh/step/producer.send": "刚刚见过", "/zh/claims": "属实", "/zh/source/embed.go": "搜索",
		"/zh/search?q=route": "路由", "/zh/faults": "弄坏点什么", "/zh/trace/ff": "这里没有", "/zh/keys": "键盘",
	} {
		body := f.get(t, path).Body.String()
		mustContain(t, body, want)
		for _, english := range []string{">Traces<", ">Steps<", ">Faults<", ">Attributes<", ">Events<", ">Search", "Look for", "The story", ">Waterfall<", "spans<", "Walkthrough"} {
			if strings.Contains(body, english) {
				t.Errorf("%s says %q", path, english)
			}
		}
	}
	if w := f.send("sync", func(r *http.Request) { r.URL.Path = "/zh/send" }); w.Header().Get("Location") != "/zh"+coldTrace {
		t.Errorf("a send leads to %q", w.Header().Get("Location"))
	}
}
