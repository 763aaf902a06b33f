package walkthrough

import (
	"errors"
	"fmt"
	"slices"

	"github.com/plumemq/plume/internal/catalog"
)

// Check reports everything in which the pages, their translations and the program have parted, in one error: names that lead nowhere,
// sections that one language lacks, and steps that no page tells of. Since a step can only be told of over a golden tree that
// shows it, no step goes without having been seen.
func (b *Book) Check() error {
	errs := slices.Clone(b.problems)
	for _, topic := range b.Topics {
		errs = append(errs, b.compare(topic)...)
	}
	for _, op := range b.catalog.Families() {
		if family := catalog.Family(op.ID); b.Anchor(family) == "" {
			errs = append(errs, fmt.Errorf("step %s: no walkthrough tells of it", family))
		}
	}
	return errors.Join(errs...)
}

// compare holds a page's languages against each other: they tell the same story, step by step.
func (b *Book) compare(topic string) []error {
	first, other := b.drafts[topic][EN], b.drafts[topic][ZH]
	if first == nil || other == nil {
		return nil // reported already
	}
	var errs []error
	parted := func(what, here, there string) {
		if here != there {
			errs = append(errs, fmt.Errorf("%s: %s differs between the languages: %s, %s", topic, what, here, there))
		}
	}
	parted("the mode", first.mode, other.mode)
	parted("the measurement", first.measure, other.measure)
	parted("the list of trees", fmt.Sprint(first.trees), fmt.Sprint(other.trees))
	parted("the list of anchors", fmt.Sprint(first.anchors()), fmt.Sprint(other.anchors()))
	if errs != nil {
		return errs
	}
	for i := range first.sections {
		parted("the step at "+first.sections[i].anchor, first.sections[i].step.String(), other.sections[i].step.String())
	}
	return errs
}

func (d *draft) anchors() []string {
	var out []string
	for i := range d.sections {
		out = append(out, d.sections[i].anchor)
	}
	return out
}

// String is all that the block says.
func (st *draftStep) String() string {
	if st == nil {
		return "none"
	}
	return fmt.Sprintf("%+v", *st)
}
