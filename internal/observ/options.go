package observ

import (
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// StartOption adds to one span at its start.
type StartOption func(*startConfig)

type startConfig struct {
	name    string
	kind    Kind
	attrs   []Attr
	links   []trace.Link
	newRoot bool
}

// gather is what options ask for; nil when there are none, which costs nothing.
func gather(opts []StartOption) *startConfig {
	if len(opts) == 0 {
		return nil
	}
	cfg := &startConfig{}
	for _, o := range opts {
		o(cfg)
	}
	return cfg
}

// over adds what was asked for to the options that all spans of a preset have.
func (cfg *startConfig) over(base []trace.SpanStartOption) []trace.SpanStartOption {
	if cfg == nil {
		return base
	}
	options := make([]trace.SpanStartOption, len(base), len(base)+4)
	copy(options, base)
	if cfg.kind != trace.SpanKindUnspecified {
		options = append(options, trace.WithSpanKind(cfg.kind))
	}
	if len(cfg.attrs) > 0 {
		options = append(options, trace.WithAttributes(cfg.attrs...))
	}
	if len(cfg.links) > 0 {
		options = append(options, trace.WithLinks(cfg.links...))
	}
	if cfg.newRoot {
		options = append(options, trace.WithNewRoot())
	}
	return options
}

// Named overrides the span's name: "send TopicTest".
func Named(name string) StartOption { return func(c *startConfig) { c.name = name } }

// OfKind overrides the span's kind: a send whose message has a creation context of its own is a CLIENT's.
func OfKind(kind Kind) StartOption { return func(c *startConfig) { c.kind = kind } }

// With sets attributes that samplers can see.
func With(attrs ...Attr) StartOption {
	return func(c *startConfig) {
		if c.attrs == nil {
			c.attrs = slices.Clip(attrs)
		} else {
			c.attrs = append(c.attrs, attrs...)
		}
	}
}

// LinkedTo links the span to others; invalid ones are left out.
func LinkedTo(spans ...SpanContext) StartOption {
	return func(c *startConfig) {
		c.links = slices.Grow(c.links, len(spans))
		for _, sc := range spans {
			if sc.IsValid() {
				c.links = append(c.links, trace.Link{SpanContext: sc})
			}
		}
	}
}

// NewRoot starts a trace of its own whatever ctx carries.
func NewRoot() StartOption { return func(c *startConfig) { c.newRoot = true } }
