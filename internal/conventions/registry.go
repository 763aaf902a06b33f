package conventions

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Folder is where the registry lies in the repository.
const Folder = "docs/semconv/registry"

// ErrRegistry is returned for a registry that contradicts itself.
var ErrRegistry = errors.New("registry")

// Registry is a registry that was read. It never changes; safe for concurrent use.
type Registry struct {
	attributes map[string]*Attribute // declared, by key
	events     map[string]*Event     // by group id
	spans      []*Span               // in the order of files and groups
}

// Level is how much is asked of an attribute.
type Level string

// The levels.
const (
	Required      Level = "required"
	Conditionally Level = "conditionally_required"
	Recommended   Level = "recommended"
	OptIn         Level = "opt_in"
)

// Attribute is an attribute that the registry declares.
type Attribute struct {
	Key       string
	Type      string   // as Weaver spells it: string, int, boolean, string[] ...; "enum" with Values
	Values    []Member // of an enum
	Brief     string
	Stability string
	Examples  []string
}

// Member is one value of an enum.
type Member struct{ Value, Brief string }

// Ref is an attribute as a span or an event has it.
type Ref struct {
	Key       string
	Level     Level
	Condition string // of Conditionally
	Sampling  bool   // samplers shall see it
}

// Event is something that happens within spans.
type Event struct {
	ID, Name, Brief string
	Refs            []Ref
}

// Span is one kind of span: those of a step, or of a family of steps, that have the same span kind.
type Span struct {
	ID, Brief string
	Step      string // "producer.send", or "remoting.client.*" for a family
	Kind      string // "client", "internal" ...
	Name      *regexp.Regexp
	Refs      []Ref // with those that it inherits, in the order of their declaration
	Events    []*Event
}

// Attributes are all declared ones, by key.
func (r *Registry) Attributes() []*Attribute {
	out := make([]*Attribute, 0, len(r.attributes))
	for _, a := range r.attributes {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *Attribute) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// Attribute is a declared one, or nil.
func (r *Registry) Attribute(key string) *Attribute { return r.attributes[key] }

// Spans are all kinds of spans, in the order of the files.
func (r *Registry) Spans() []*Span { return r.spans }

// Span is the kind of span that a step's spans of a span kind are; nil when there is none.
func (r *Registry) Span(step, kind string) *Span {
	for _, s := range r.spans {
		if s.Kind == kind && s.covers(step) {
			return s
		}
	}
	return nil
}

func (s *Span) covers(step string) bool {
	if family, ok := strings.CutSuffix(s.Step, "*"); ok {
		return strings.HasPrefix(step, family)
	}
	return s.Step == step
}

// Read reads the registry in a repository.
func Read(files fs.FS) (*Registry, error) {
	names, err := fs.Glob(files, path.Join(Folder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	var groups []yamlGroup
	for _, name := range names {
		if path.Base(name) == "manifest.yaml" {
			continue
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		var file struct {
			Groups []yamlGroup `yaml:"groups"`
		}
		if err := yaml.Unmarshal(data, &file); err != nil {
			return nil, fmt.Errorf("registry %s: %w", name, err)
		}
		groups = append(groups, file.Groups...)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("%w: no groups in %s", ErrRegistry, Folder)
	}
	return build(groups)
}
