package walkthrough

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
)

// ErrDead is returned for a reference or link to what is not there.
var ErrDead = errors.New("it leads nowhere")

// refs resolves the references of one page, and gathers the claims that each section names.
type refs struct {
	book   *Book
	draft  *draft
	lang   Lang
	topic  string
	claims []string
}

func (r *refs) dead(what string) {
	r.book.problem("%s/%s: %s: %w", r.topic, r.lang, what, ErrDead)
}

func (r *refs) resolve(ref reference) link {
	l, ok := r.look(ref)
	if !ok {
		r.dead("{" + ref.kind + ":" + ref.target + "}")
		return link{text: ref.target, class: "dead"}
	}
	if ref.text != "" {
		l.text = ref.text
	}
	return l
}

func (r *refs) look(ref reference) (link, bool) {
	switch ref.kind {
	case "step":
		return r.step(ref.target)
	case "go":
		fn, err := r.book.catalog.Function(ref.target)
		return link{href: sourceLink(fn.File, fn.Start), text: fn.Name, class: "go mono", title: ref.target}, err == nil
	case "java":
		return link{text: ref.target, class: "java mono", title: "Apache RocketMQ 5.5.0"}, strings.Contains(ref.target, "#")
	case "claim":
		_, ok := r.book.claim(ref.target)
		if ok && !slices.Contains(r.claims, ref.target) {
			r.claims = append(r.claims, ref.target)
		}
		return link{href: "/claims#" + ref.target, text: ref.target, class: "cl"}, ok
	case "test":
		return r.test(ref.target)
	case "page":
		return r.page(ref.target)
	}
	return link{}, false
}

// step leads to where the step is told of, and on the same page to the step itself.
func (r *refs) step(id string) (link, bool) {
	op := r.book.catalog.Step(id)
	if op == nil {
		return link{}, false
	}
	text := op.Name
	if strings.HasSuffix(id, "*") {
		text = id
	}
	href := "/step/" + id
	if anchor := r.book.Anchor(id); anchor != "" {
		topic, at, _ := strings.Cut(anchor, "#")
		if href = "#" + at; topic != r.topic {
			href = r.lang.Path("/walkthroughs/" + anchor)
		}
	}
	return link{href: href, text: text, class: "step mono", title: id}, true
}

// test leads to a test, "test/e2e.TestUnknownTopic": what proves what is said.
func (r *refs) test(target string) (link, bool) {
	folder, name, ok := cutLast(target, ".")
	file, line := findTest(r.book.files, folder, name)
	return link{href: sourceLink(file, line), text: name, class: "go mono", title: "The test that shows it"}, ok && file != ""
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func findTest(files fs.FS, folder, name string) (file string, line int) {
	names, err := fs.Glob(files, folder+"/*_test.go")
	if err != nil {
		return "", 0
	}
	for _, file := range names {
		text, err := fs.ReadFile(files, file)
		if err != nil {
			continue
		}
		for i, l := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(l, "func "+name+"(") {
				return file, i + 1
			}
		}
	}
	return "", 0
}

// page leads to another walkthrough, or with #anchor to a step of it; "#anchor" alone is of this page.
func (r *refs) page(target string) (link, bool) {
	topic, anchor, deep := strings.Cut(target, "#")
	d := r.draft
	if topic != "" {
		if d = r.book.drafts[topic][r.lang]; d == nil {
			return link{}, false
		}
	}
	l := link{text: d.title, class: "page"}
	if deep {
		i := slices.IndexFunc(d.sections, func(s draftSection) bool { return s.anchor == anchor })
		if i < 0 {
			return link{}, false
		}
		l.text, l.href = strings.ReplaceAll(d.sections[i].title, "`", ""), "#"+anchor
	}
	if topic != "" {
		l.href = r.lang.Path("/walkthroughs/"+topic) + l.href
	}
	return l, true
}

func sourceLink(file string, line int) string { return "/source/" + file + "#L" + strconv.Itoa(line) }

// checkLink holds a link that is written out against the pages and files there are. Links to the world outside are not allowed: nothing
// could tell when they die.
func (r *refs) checkLink(destination string) {
	path, _, _ := strings.Cut(destination, "#")
	switch {
	case path == "/" || path == "/claims" || path == "/steps" || path == "/walkthroughs":
	case strings.HasPrefix(path, "/step/") && r.book.catalog.Step(strings.TrimPrefix(path, "/step/")) != nil:
	case strings.HasPrefix(path, "/source/"):
		if _, err := fs.Stat(r.book.files, strings.TrimPrefix(path, "/source/")); err != nil {
			r.dead(destination)
		}
	default:
		r.dead(destination)
	}
}

// claim finds a claim by its id.
func (b *Book) claim(id string) (catalog.Claim, bool) {
	i := slices.IndexFunc(b.catalog.Claims(), func(c catalog.Claim) bool { return c.ID == id })
	if i < 0 {
		return catalog.Claim{}, false
	}
	return b.catalog.Claims()[i], true
}

func (b *Book) problem(format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf(format, args...))
}
