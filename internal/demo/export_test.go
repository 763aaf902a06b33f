package demo_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/demo"
)

var (
	attributes = regexp.MustCompile(`\b(?:href|src|action|data-static|data-source|data-claims|data-from)="([^"]*)"`)
	ids        = regexp.MustCompile(`\bid="([^"]+)"`)
	absolute   = regexp.MustCompile(`(?i)\b(?:href|src|action|content|data-[a-z]+)="(?:[a-z]+:)?//`)
)

// exported runs a demo and exports its site for each of the paths.
func exported(t *testing.T, bases ...string) []string {
	t.Helper()
	d, err := demo.Start(t.Context(), demo.Config{OTLPGRPCPort: -1, OTLPHTTPPort: -1, BatchDelay: 10 * time.Millisecond, SendWait: patience})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	}()
	if err := d.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, base := range bases {
		dir := t.TempDir()
		files, err := d.Export(t.Context(), dir, base)
		if err != nil {
			t.Fatal(err)
		}
		if files < 100 {
			t.Errorf("only %d files", files)
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// pagesIn are the HTML files of an export, by their path below it.
func pagesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		pages[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// Every link of the export leads somewhere, wherever the export is served.
func TestAnExportServesUnderAnyPath(t *testing.T) {
	dirs := exported(t, "", "/plume/")
	checkBase(t, dirs[1], "/plume/")
	dir := dirs[0]
	server := httptest.NewServer(http.StripPrefix("/some/where/", http.FileServer(http.Dir(dir))))
	defer server.Close()
	pages := pagesIn(t, dir)
	reached := map[string]string{} // address -> text, "" when it is not there
	get := func(address string) string {
		if text, ok := reached[address]; ok {
			return text
		}
		resp, err := server.Client().Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var text bytes.Buffer
		if _, err := text.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			text.Reset()
		}
		reached[address] = text.String()
		return text.String()
	}
	checked := map[string]bool{}
	for name, text := range spoken(pages) {
		here, err := url.Parse(server.URL + "/some/where/" + strings.TrimSuffix(name, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		if found := absolute.FindString(text); found != "" {
			t.Errorf("%s leads out: %s", name, found)
		}
		seen := map[string]bool{}
		for _, m := range attributes.FindAllStringSubmatch(text, -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			link := strings.ReplaceAll(m[1], "&amp;", "&")
			to, err := here.Parse(link)
			if err != nil || strings.HasPrefix(link, "/") {
				t.Fatalf("%s has the link %q: %v", name, link, err)
			}
			if checked[to.String()] {
				continue
			}
			checked[to.String()] = true
			anchor := to.Fragment
			to.Fragment = ""
			if to.RawQuery != "" {
				anchor = "" // a span: the page's script selects it
			}
			if !strings.HasPrefix(to.Path, "/some/where/") {
				t.Errorf("%s: %q leads out of the export", name, link)
			}
			target := get(to.String())
			if strings.HasSuffix(to.Path, "/source/") && strings.Contains(anchor, "/") {
				file, line, _ := strings.Cut(anchor, ":")
				n, _ := strconv.Atoi(line)
				if strings.Count(kept(get(server.URL+"/some/where/lines/"+path.Dir(file)+".txt"), path.Base(file)), "\n") < max(n, 1) {
					t.Errorf("%s: %q: no such line", name, link)
				}
				anchor = ""
			}
			if strings.Contains(to.Path, "/lines/") && kept(target, anchor) != "" {
				anchor = ""
			}
			if target == "" {
				t.Errorf("%s: %q is not there", name, link)
			}
			if anchor != "" && !strings.Contains(target, `id="`+anchor+`"`) {
				t.Errorf("%s: %q: no such anchor", name, link)
			}
		}
	}
	if n := wire(t, dir); n >= mostBytes {
		t.Errorf("%d bytes over the wire, at most %d", n, mostBytes)
	} else {
		t.Logf("%d pages, %d bytes over the wire", len(pages), n)
	}
	mustBeSpoken(t, pages)
	front := pages["index.html"]
	for _, want := range []string{"send TopicTest", "The route was not cached", `data-static="./"`} {
		if !strings.Contains(front, want) {
			t.Errorf("the front page lacks %q", want)
		}
	}
	for _, bad := range []string{"data-token", `action="`, "EventSource"} {
		if strings.Contains(front, bad) {
			t.Errorf("the front page has %q", bad)
		}
	}
}

// kept is a file among those of its folder.
func kept(folder, name string) string {
	_, rest, _ := strings.Cut(folder, "\f"+name+"\n")
	file, _, _ := strings.Cut(rest, "\f")
	return file
}

// mostBytes is how much the whole export may take over the wire, in both languages and with all walkthroughs.
const mostBytes = 1_000_000

// spoken puts what is kept once for all languages into each of them, as the pages' script does.
func spoken(pages map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range pages {
		if !strings.Contains(text, "⟦") {
			out[name] = text
			continue
		}
		out[name] = strings.NewReplacer("⟦home⟧", "../", "⟦files⟧", "../").Replace(text)
		out["zh/../"+name] = strings.NewReplacer("⟦home⟧", "../zh/", "⟦files⟧", "../").Replace(text)
	}
	return out
}

// mustBeSpoken wants every page in its language, with a way to the other.
func mustBeSpoken(t *testing.T, pages map[string]string) {
	t.Helper()
	for name, text := range pages {
		if !strings.Contains(text, "<html") {
			continue
		}
		lang, other := "en", "zh/"+name
		if rest, ok := strings.CutPrefix(name, "zh/"); ok {
			lang, other = "zh", rest
		}
		if !strings.Contains(text, `<html lang="`+lang+`"`) || strings.Contains(text, "⟦") {
			t.Errorf("%s is not in %s", name, lang)
		}
		if pages[other] == "" {
			t.Errorf("%s has no page in the other language", name)
		}
	}
}

// checkBase wants every link of an export to begin with the path that it was made for.
func checkBase(t *testing.T, dir, base string) {
	t.Helper()
	for name, text := range pagesIn(t, dir) {
		for _, m := range attributes.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], base) && !strings.HasPrefix(m[1], "#") && !strings.HasPrefix(m[1], "⟦") {
				t.Fatalf("%s has the link %q", name, m[1])
			}
		}
		if dup := twice(ids.FindAllStringSubmatch(text, -1)); dup != "" {
			t.Errorf("%s has the id %s twice", name, dup)
		}
	}
}

func twice(found [][]string) string {
	seen := map[string]bool{}
	for _, m := range found {
		if seen[m[1]] {
			return m[1]
		}
		seen[m[1]] = true
	}
	return ""
}

// wire is how many bytes all files take compressed.
func wire(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		n += b.Len()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
