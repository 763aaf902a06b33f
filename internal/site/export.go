package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/words"
)

// ErrExport is returned when a page cannot be exported.
var ErrExport = errors.New("export")

// maxPages bounds an export: more would mean that a page leads to ever new ones.
const maxPages = 5000

// Export writes the site to a folder as plain files that any web server can serve, under any path. It follows every link from the
// front page, so that what the export has is what a reader can reach. The site must be [Config.Static].
//
// Links are relative, unless base, a path such as "/plume/", is given. Export returns how many files it wrote.
func (s *Site) Export(ctx context.Context, dir, base string) (int, error) {
	if !s.cfg.Static {
		return 0, fmt.Errorf("%w: the site is not a static one", ErrExport)
	}
	e := &exporter{site: s, dir: dir, base: base, seen: map[string]string{}, folders: map[string]map[string]string{}}
	e.want("/")
	e.want("/keys")
	for len(e.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return e.files, err //nolint:wrapcheck // the caller's own
		}
		if len(e.seen) > maxPages {
			return e.files, fmt.Errorf("%w: more than %d pages", ErrExport, maxPages)
		}
		next := e.queue[0]
		e.queue = e.queue[1:]
		if err := e.export(ctx, next); err != nil {
			return e.files, err
		}
	}
	if err := errors.Join(e.sources(), e.assets()); err != nil {
		return e.files, err
	}
	return e.files, e.searchIndex()
}

// exporter walks the site.
type exporter struct {
	site  *Site
	dir   string
	base  string
	queue []string          // addresses to export
	seen  map[string]string // address -> the address it is exported under, after redirects; "" when it is not exported
	files int

	folders map[string]map[string]string // the files of source that pages show, by folder and name
}

// answer is what a handler wrote.
type answer struct {
	header http.Header
	status int
	bytes.Buffer
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

// get asks the site itself.
func (e *exporter) get(ctx context.Context, address string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrExport, address, err)
	}
	a := &answer{header: http.Header{}, status: http.StatusOK}
	e.site.Handler().ServeHTTP(a, r)
	return a, nil
}

// want queues an address once. Which answer a query asks for is part of it; which span a page shows at first is not.
func (e *exporter) want(address string) {
	if _, ok := e.seen[address]; !ok && !strings.HasPrefix(address, "/static/") {
		e.seen[address] = address
		e.queue = append(e.queue, address)
	}
}

// split divides a link into the address of a page and what is left to the page itself: its anchor, and the span it shows.
func split(link string) (address, rest string) {
	link, anchor, ok := strings.Cut(link, "#")
	if ok {
		anchor = "#" + anchor
	}
	address, query, _ := strings.Cut(link, "?")
	if strings.HasPrefix(query, "span=") && strings.Contains(address, "/trace/") {
		return address, "?" + query + anchor
	}
	return withQuery(address, query), anchor
}

// folder is where a page is exported: one folder for each, with an index.html.
func folder(address string) string {
	address = strings.TrimPrefix(address, "/")
	address = strings.NewReplacer("?", "/", "&amp;", ",", "&", ",").Replace(address)
	if address != "" && !strings.HasSuffix(address, "/") {
		address += "/"
	}
	return address
}

// fileOf is the file that an address is exported to, from the export's root. What is fetched by scripts is a file by its name.
func fileOf(address string) string {
	if strings.HasPrefix(address, "/parts/") || address == "/keys" {
		return address[1:] + ".html"
	}
	return folder(address) + "index.html"
}

// links are the attributes that name addresses of this site. A quotation mark in a text is escaped, so only markup matches.
var links = regexp.MustCompile(`\b(href|src|data-static|data-source|data-claims|data-from)="(/[^"]*)"`)

// export writes one page and queues what it leads to.
func (e *exporter) export(ctx context.Context, address string) error {
	a, err := e.get(ctx, address)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("%w: %s answers %d", ErrExport, address, a.status)
	}
	if _, plain := cutLang(address); strings.HasPrefix(plain, "/trace/") {
		e.want("/parts/" + strings.TrimPrefix(plain, "/trace/"))
	}
	if file, ok := strings.CutPrefix(address, "/lines/"); ok {
		e.keep(file, a.String())
		return nil
	}
	page, err := e.rewrite(ctx, a.Bytes(), address)
	if err != nil {
		return err
	}
	return e.write(fileOf(address), page)
}

// keep notes a file of source.
func (e *exporter) keep(file, lines string) {
	folder := path.Dir(file)
	if e.folders[folder] == nil {
		e.folders[folder] = map[string]string{}
	}
	e.folders[folder][path.Base(file)] = lines
}

// linesOf is the export's file that has a file of source, and its name there: files of one folder are kept together, for they are
// much alike and take a quarter less so.
func linesOf(file string) (kept, name string) {
	return "lines/" + path.Dir(file) + ".txt", path.Base(file)
}

// sources writes the files of source, each below a line with its name that begins with a form feed.
func (e *exporter) sources() error {
	for folder, files := range e.folders {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(files)) {
			b.WriteString("\f" + name + "\n" + files[name])
		}
		kept, _ := linesOf(folder + "/file")
		if err := e.write(kept, []byte(b.String())); err != nil {
			return err
		}
	}
	return nil
}

// The marks that static/say.js replaces by the address of the export's root, and of the pages in the reader's language.
const (
	filesMark = "⟦files⟧"
	homeMark  = "⟦home⟧"
)

// rewrite points a page's links at the exported files.
func (e *exporter) rewrite(ctx context.Context, page []byte, address string) ([]byte, error) {
	var failed error
	up := e.up(folder(address))
	out := links.ReplaceAllFunc(page, func(found []byte) []byte {
		m := links.FindSubmatch(found)
		name, link := string(m[1]), string(m[2])
		to, err := e.target(ctx, name, link)
		if err != nil {
			failed = err
			return found
		}
		from := up
		if strings.HasPrefix(address, "/parts/") {
			from = homeMark
			if name == "data-source" {
				from = filesMark
			}
		}
		return []byte(name + `="` + from + to + `"`)
	})
	return out, failed
}

// up leads from a folder to the site's root.
func (e *exporter) up(at string) string {
	if e.base != "" {
		return e.base
	}
	if n := strings.Count(at, "/"); n > 0 {
		return strings.Repeat("../", n)
	}
	return "./"
}

// target is where a link leads in the export, from its root.
func (e *exporter) target(ctx context.Context, attribute, link string) (string, error) {
	if attribute == "data-static" || strings.HasPrefix(link, "/static/") {
		return strings.TrimPrefix(link, "/"), nil
	}
	address, rest := split(strings.ReplaceAll(link, "&amp;", "&"))
	lang, plain := cutLang(address)
	if strings.HasPrefix(plain, "/experiment/") { // only leads on to the source
		a, err := e.get(ctx, plain)
		if err != nil {
			return "", err
		}
		plain, rest = split(a.header.Get("Location"))
	}
	address, rest = gathered(plain, rest)
	if file, ok := strings.CutPrefix(plain, "/source/"); ok && file != "" {
		e.want("/lines/" + file)
	}
	if file, ok := strings.CutPrefix(address, "/lines/"); ok {
		e.want(address)
		kept, name := linesOf(file)
		return kept + "#" + name, nil
	}
	e.want(lang.Path(address))
	return folder(lang.Path(address)) + rest, nil
}

// gathered is where an address and its anchor are in the export, which has one page for all steps and one for all files of source.
func gathered(address, rest string) (string, string) {
	if step, ok := strings.CutPrefix(address, "/step/"); ok {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		return "/steps", "#" + catalog.Family(step)
	}
	if file, ok := strings.CutPrefix(address, "/source/"); ok && file != "" {
		return "/source/", "#" + file + strings.Replace(rest, "#L", ":", 1)
	}
	return address, rest
}

// write writes a file below the folder.
func (e *exporter) write(name string, data []byte) error {
	file := filepath.Join(e.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // to be served to everybody
		return fmt.Errorf("%w: %w", ErrExport, err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil { //nolint:gosec // likewise
		return fmt.Errorf("%w: %w", ErrExport, err)
	}
	e.files++
	return nil
}

// assets copies the scripts and styles.
func (e *exporter) assets() error {
	names, err := fs.Glob(assets, "static/*")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrExport, err)
	}
	for _, name := range names {
		data, err := assets.ReadFile(name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrExport, err)
		}
		if err := e.write("static/"+path.Base(name), data); err != nil {
			return err
		}
	}
	return e.write("static/words.js", words.Script())
}

// found is an entry as static/search.js reads it: the Chinese stands beside the English only where it differs.
type found struct {
	Title   string `json:"t"`
	TitleZH string `json:"z,omitempty"`
	Sub     string `json:"s,omitempty"`
	SubZH   string `json:"y,omitempty"`
	URL     string `json:"u"`
	Text    string `json:"x,omitempty"`
}

// searchIndex writes what the search box looks through: the entries whose pages are in the export.
func (e *exporter) searchIndex() error {
	var out []found
	for _, entry := range e.site.entries() {
		plain, rest := split(entry.URL)
		address, rest := gathered(plain, rest)
		if file, ok := strings.CutPrefix(plain, "/source/"); ok && e.seen["/lines/"+file] == "" || e.seen[address] == "" {
			continue
		}
		f := found{Title: entry.Title.EN, Sub: entry.Sub.EN, URL: folder(address) + rest, Text: entry.Text}
		if entry.Kind == "claim" {
			f.Text = "" // its explanation is on its page, and would be as long again
		}
		if entry.Title.ZH != f.Title {
			f.TitleZH = entry.Title.ZH
		}
		if entry.Sub.ZH != f.Sub {
			f.SubZH = entry.Sub.ZH
		}
		out = append(out, f)
	}
	data, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrExport, err)
	}
	return e.write("search.json", data)
}

// ParseBase checks a path under which an export shall be served: empty for relative links, or a path that begins and ends with "/".
func ParseBase(base string) (string, error) {
	if base == "" {
		return "", nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Path != base || !strings.HasPrefix(base, "/") || strings.HasPrefix(base, "//") || strings.ContainsAny(base, `"<>&`) {
		return "", fmt.Errorf("%w: %q is not a path such as /plume/", ErrExport, base)
	}
	return strings.TrimSuffix(base, "/") + "/", nil
}
