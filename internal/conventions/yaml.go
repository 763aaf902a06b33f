package conventions

import (
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// yamlGroup is one group of a registry file.
type yamlGroup struct {
	ID          string          `yaml:"id"`
	Type        string          `yaml:"type"`
	Name        string          `yaml:"name"`
	Kind        string          `yaml:"span_kind"`
	Brief       string          `yaml:"brief"`
	Stability   string          `yaml:"stability"`
	Extends     string          `yaml:"extends"`
	Events      []string        `yaml:"events"`
	Attributes  []yamlAttribute `yaml:"attributes"`
	Annotations struct {
		Plume struct {
			Step string `yaml:"step"`
			Name string `yaml:"name"`
		} `yaml:"plume"`
	} `yaml:"annotations"`
}

// yamlAttribute declares an attribute (ID) or refers to one (Ref).
type yamlAttribute struct {
	ID        string    `yaml:"id"`
	Ref       string    `yaml:"ref"`
	Type      yaml.Node `yaml:"type"`
	Brief     string    `yaml:"brief"`
	Stability string    `yaml:"stability"`
	Examples  yaml.Node `yaml:"examples"`
	Level     yaml.Node `yaml:"requirement_level"`
	Sampling  bool      `yaml:"sampling_relevant"`
}

// builder joins groups.
type builder struct {
	byID map[string]*yamlGroup
	reg  *Registry
}

func build(groups []yamlGroup) (*Registry, error) {
	b := &builder{byID: map[string]*yamlGroup{}, reg: &Registry{attributes: map[string]*Attribute{}, events: map[string]*Event{}}}
	for i := range groups {
		g := &groups[i]
		if g.ID == "" || b.byID[g.ID] != nil {
			return nil, fmt.Errorf("%w: group %q is there twice, or has no id", ErrRegistry, g.ID)
		}
		b.byID[g.ID] = g
		if err := b.declare(g); err != nil {
			return nil, err
		}
	}
	for _, add := range []func(*yamlGroup) error{b.addEvent, b.addSpan} { // spans refer to events
		for i := range groups {
			if err := add(&groups[i]); err != nil {
				return nil, fmt.Errorf("group %s: %w", groups[i].ID, err)
			}
		}
	}
	return b.reg, nil
}

// declare takes in the attributes that a group declares.
func (b *builder) declare(g *yamlGroup) error {
	for i := range g.Attributes {
		y := &g.Attributes[i]
		if y.ID == "" {
			continue
		}
		a := &Attribute{Key: y.ID, Brief: y.Brief, Stability: y.Stability}
		if err := a.readType(&y.Type); err != nil {
			return fmt.Errorf("%w: attribute %s: %w", ErrRegistry, y.ID, err)
		}
		for _, n := range y.Examples.Content {
			text, err := yaml.Marshal(n)
			if err != nil {
				return fmt.Errorf("attribute %s: %w", y.ID, err)
			}
			a.Examples = append(a.Examples, string(text[:len(text)-1]))
		}
		if b.reg.attributes[a.Key] != nil || a.Brief == "" || a.Stability == "" {
			return fmt.Errorf("%w: attribute %s is there twice, or has no brief or stability", ErrRegistry, a.Key)
		}
		b.reg.attributes[a.Key] = a
	}
	return nil
}

func (a *Attribute) readType(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		a.Type = n.Value
		if !slices.Contains([]string{"string", "int", "double", "boolean", "string[]"}, a.Type) {
			return fmt.Errorf("%w: type %q", ErrRegistry, a.Type)
		}
		return nil
	}
	var enum struct {
		Members []struct {
			Value string `yaml:"value"`
			Brief string `yaml:"brief"`
		} `yaml:"members"`
	}
	if err := n.Decode(&enum); err != nil {
		return fmt.Errorf("type: %w", err)
	}
	a.Type = "enum"
	for _, m := range enum.Members {
		a.Values = append(a.Values, Member{m.Value, m.Brief})
	}
	return nil
}

func (b *builder) addEvent(g *yamlGroup) error {
	if g.Type != "event" {
		return nil
	}
	refs, err := b.refs(g)
	if err != nil {
		return err
	}
	b.reg.events[g.ID] = &Event{ID: g.ID, Name: g.Name, Brief: g.Brief, Refs: refs}
	return nil
}

func (b *builder) addSpan(g *yamlGroup) error {
	if g.Type != "span" {
		return nil
	}
	refs, err := b.refs(g)
	if err != nil {
		return err
	}
	note := g.Annotations.Plume
	name, err := regexp.Compile(note.Name)
	if err != nil {
		return fmt.Errorf("pattern of the name: %w", err)
	}
	s := &Span{ID: g.ID, Brief: g.Brief, Step: note.Step, Kind: g.Kind, Name: name, Refs: refs}
	if s.Step == "" || note.Name == "" || s.Kind == "" || b.reg.Span(s.Step, s.Kind) != nil {
		return fmt.Errorf("%w: no step, name or kind, or another group has both step and kind", ErrRegistry)
	}
	for _, id := range g.Events {
		e := b.reg.events[id]
		if e == nil {
			return fmt.Errorf("%w: no event group %s", ErrRegistry, id)
		}
		s.Events = append(s.Events, e)
	}
	b.reg.spans = append(b.reg.spans, s)
	return nil
}

// refs are a group's attributes after those that it inherits; one named again takes the place of the inherited.
func (b *builder) refs(g *yamlGroup) ([]Ref, error) {
	var refs []Ref
	if g.Extends != "" {
		base := b.byID[g.Extends]
		if base == nil {
			return nil, fmt.Errorf("%w: it extends %s, which is not there", ErrRegistry, g.Extends)
		}
		inherited, err := b.refs(base)
		if err != nil {
			return nil, err
		}
		refs = inherited
	}
	for i := range g.Attributes {
		ref, err := readRef(&g.Attributes[i])
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(refs, func(r Ref) bool { return r.Key == ref.Key }); at >= 0 {
			refs[at] = ref
			continue
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func readRef(y *yamlAttribute) (Ref, error) {
	ref := Ref{Key: y.Ref, Level: Recommended, Sampling: y.Sampling}
	switch {
	case y.Ref == "":
		ref.Key = y.ID
	case y.Level.Kind == yaml.ScalarNode:
		ref.Level = Level(y.Level.Value)
	case y.Level.Kind == yaml.MappingNode:
		var level struct {
			Condition string `yaml:"conditionally_required"`
		}
		if err := y.Level.Decode(&level); err != nil {
			return ref, fmt.Errorf("requirement level of %s: %w", ref.Key, err)
		}
		ref.Level, ref.Condition = Conditionally, level.Condition
	}
	if !slices.Contains([]Level{Required, Conditionally, Recommended, OptIn}, ref.Level) {
		return ref, fmt.Errorf("%w: requirement level %q of %s", ErrRegistry, ref.Level, ref.Key)
	}
	return ref, nil
}
