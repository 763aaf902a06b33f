package site

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/walkthrough"
)

// An address that begins with /zh is Chinese. One that does not is in the reader's language: the one chosen with the switch, else the
// one that the browser asks for first. Within a page plain addresses mean the page's own language; /en/ and /zh/ name another.

// langCookie remembers what was chosen.
const langCookie = "plume-lang"

type langKey struct{}

// langOf is the language of the answer to a request.
func langOf(r *http.Request) walkthrough.Lang {
	if lang, ok := r.Context().Value(langKey{}).(walkthrough.Lang); ok {
		return lang
	}
	return walkthrough.EN
}

// speak takes the language out of the address, and leads a reader of Chinese to the Chinese page of an address that names none.
func (s *Site) speak(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang, path := cutLang(r.URL.Path)
		q := r.URL.Query()
		if want := walkthrough.Lang(q.Get("lang")); want == walkthrough.EN || want == walkthrough.ZH {
			q.Del("lang")
			http.SetCookie(w, &http.Cookie{ //nolint:gosec // over plain HTTP on this machine; it holds no secret
				Name: langCookie, Value: string(want), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
			})
			http.Redirect(w, r, ownPath(withQuery(want.Path(path), q.Encode())), http.StatusSeeOther)
			return
		}
		if lang == walkthrough.EN && isPage(r) && wanted(r) == walkthrough.ZH {
			w.Header().Set("Vary", "Accept-Language, Cookie")
			http.Redirect(w, r, ownPath(withQuery(walkthrough.ZH.Path(path), r.URL.RawQuery)), http.StatusSeeOther)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), langKey{}, lang))
		if lang != walkthrough.EN {
			u := *r.URL
			u.Path, u.RawPath = path, strings.TrimPrefix(u.RawPath, "/zh")
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	})
}

func withQuery(path, query string) string {
	if query != "" {
		return path + "?" + query
	}
	return path
}

// cutLang divides an address into its language and what it is in English.
func cutLang(path string) (walkthrough.Lang, string) {
	if rest, ok := strings.CutPrefix(path, "/zh"); ok && (rest == "" || rest[0] == '/') {
		return walkthrough.ZH, "/" + strings.TrimPrefix(rest, "/")
	}
	return walkthrough.EN, path
}

// isPage says whether a person opens a page, rather than a script or a program asking for data.
func isPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") &&
		!strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/static/") && r.URL.Path != "/metrics"
}

// wanted is the reader's language.
func wanted(r *http.Request) walkthrough.Lang {
	if c, err := r.Cookie(langCookie); err == nil {
		return walkthrough.Lang(c.Value)
	}
	best, most := walkthrough.EN, 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q, _ := strings.Cut(part, ";q=")
		weight := 1.0
		if f, err := strconv.ParseFloat(strings.TrimSpace(q), 64); err == nil {
			weight = f
		}
		main, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		for _, lang := range walkthrough.Langs() {
			if main == string(lang) && weight > most {
				best, most = lang, weight
			}
		}
	}
	return best
}

// redirect leads on within the reader's language.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, langOf(r).Path(to), http.StatusSeeOther)
}

// localized points a page's addresses at pages in its language.
func localized(lang walkthrough.Lang, page string) string {
	if lang == walkthrough.ZH {
		return chinese.Replace(page)
	}
	return strings.ReplaceAll(page, ` href="/en/`, ` href="/`)
}

// chinese has the attributes that name pages. What is the same in every language keeps its address.
var chinese = strings.NewReplacer( //nolint:gochecknoglobals // a table that never changes
	` href="/en/`, ` href="/`, ` href="/static/`, ` href="/static/`, ` href="/traces.jsonl"`, ` href="/traces.jsonl"`, ` href="/zh/`, ` href="/zh/`, ` href="/`, ` href="/zh/`,
	` action="/`, ` action="/zh/`, ` data-claims="/`, ` data-claims="/zh/`, ` data-from="/`, ` data-from="/zh/`)

// spoken are what templates call to speak a language.
func spoken(lang walkthrough.Lang) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, args ...any) (string, error) {
			if !words.Has(key) {
				return "", fmt.Errorf("no word %q", key) //nolint:err113 // of a template, seen at once
			}
			return words.Say(lang, key, args...), nil
		},
		"pick":  func(text catalog.Text) string { return pick(lang, text) },
		"lang":  func() string { return string(lang) },
		"rows":  func(rows []row) template.HTML { return drawRows(lang, rows) },
		"lines": func(lines []codeLine) template.HTML { return drawLines(lang, lines) },
	}
}

// pick is what a text says in a language.
func pick(lang walkthrough.Lang, text catalog.Text) string {
	switch lang {
	case walkthrough.ZH:
		return text.ZH
	case words.Either:
		return words.Both(text.EN, text.ZH)
	}
	return text.EN
}

// words answers with the words that the pages' scripts know.
func (s *Site) words(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = w.Write(words.Script()) // the reader has gone: nothing to do
}
