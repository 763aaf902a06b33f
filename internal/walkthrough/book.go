package walkthrough

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
)

// Folder is where the walkthroughs lie in the repository.
const Folder = "walkthroughs"

// Book is all walkthroughs in all languages. It never changes once made; safe for concurrent use.
type Book struct {
	Topics []string // in order: "01-sync-send"

	files    fs.FS
	catalog  *catalog.Catalog
	drafts   map[string]map[Lang]*draft
	pages    map[string]map[Lang]*Page
	anchors  map[string]string // step id or family -> "01-sync-send#sendKernelImpl"
	trees    map[string]*Tree  // by file
	problems []error
}

// Load reads the walkthroughs in files, which has the repository's layout. An error means that a page or golden tree does not have its
// form; names that lead nowhere are left to [Book.Check].
func Load(files fs.FS, cat *catalog.Catalog) (*Book, error) {
	b := &Book{
		files: files, catalog: cat, drafts: map[string]map[Lang]*draft{}, pages: map[string]map[Lang]*Page{},
		anchors: map[string]string{}, trees: map[string]*Tree{},
	}
	names, err := fs.Glob(files, Folder+"/*/*.md")
	if err != nil {
		return nil, fmt.Errorf("walkthroughs: %w", err)
	}
	for _, name := range names {
		if err := b.read(name); err != nil {
			return nil, err
		}
	}
	slices.Sort(b.Topics)
	b.assign()
	for _, topic := range b.Topics {
		b.pages[topic] = map[Lang]*Page{}
		for _, lang := range Langs() {
			d := b.drafts[topic][lang]
			if d == nil {
				b.problem("%s: there is no %s.md", topic, lang)
				continue
			}
			if b.pages[topic][lang], err = b.page(topic, lang, d); err != nil {
				return nil, fmt.Errorf("%s/%s: %w", topic, lang, err)
			}
		}
	}
	return b, nil
}

func (b *Book) read(name string) error {
	topic, lang := path.Base(path.Dir(name)), Lang(strings.TrimSuffix(path.Base(name), ".md"))
	if !slices.Contains(Langs(), lang) {
		return fmt.Errorf("%w: %s: not a language that pages are written in", ErrPage, name)
	}
	text, err := fs.ReadFile(b.files, name)
	if err != nil {
		return fmt.Errorf("walkthroughs: %w", err)
	}
	d, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if b.drafts[topic] == nil {
		b.drafts[topic] = map[Lang]*draft{}
		b.Topics = append(b.Topics, topic)
	}
	b.drafts[topic][lang] = d
	return nil
}

// assign decides which section is the one that tells of a step: the one that says so, else the first whose main step it is, else the first
// that mentions it.
func (b *Book) assign() {
	for _, chosen := range []func(st *draftStep, i int) bool{
		func(st *draftStep, i int) bool { return st.home },
		func(st *draftStep, i int) bool { return i == 0 },
		func(st *draftStep, i int) bool { return true },
	} {
		for _, topic := range b.Topics {
			d := b.drafts[topic][EN]
			if d == nil {
				continue
			}
			for _, s := range d.sections {
				if s.step == nil {
					continue
				}
				for i, id := range s.step.ops {
					if b.anchors[id] == "" && chosen(s.step, i) {
						b.anchors[id] = topic + "#" + s.anchor
					}
				}
			}
		}
	}
}

// Page finds a page; nil when there is none.
func (b *Book) Page(topic string, lang Lang) *Page { return b.pages[topic][lang] }

// Anchor is the section that tells of a step: "01-sync-send#sendKernelImpl", under the site's /walkthroughs/. Of a step of a family
// that has none of its own it is the family's. Empty when no page tells of it.
func (b *Book) Anchor(step string) string {
	if a := b.anchors[step]; a != "" {
		return a
	}
	family := catalog.Family(step)
	if a := b.anchors[family]; a != "" || family == step && !strings.HasSuffix(step, "*") {
		return a
	}
	for _, op := range b.catalog.Steps() {
		if a := b.anchors[op.ID]; a != "" && catalog.Family(op.ID) == family {
			return a
		}
	}
	return ""
}

// Neighbors are the topics before and after one, empty at the ends.
func (b *Book) Neighbors(topic string) (before, after string) {
	i := slices.Index(b.Topics, topic)
	if i > 0 {
		before = b.Topics[i-1]
	}
	if i+1 < len(b.Topics) {
		after = b.Topics[i+1]
	}
	return before, after
}
