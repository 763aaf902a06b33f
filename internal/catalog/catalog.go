package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/observ"
)

// ErrDuplicateStep is returned when two packages define the same step.
var ErrDuplicateStep = errors.New("step defined twice")

// ErrUnknownClaim is returned when a step names a claim that docs/analysis does not have.
var ErrUnknownClaim = errors.New("unknown claim")

// Catalog holds all steps and claims. It never changes once made; safe for concurrent use.
type Catalog struct {
	steps   []*observ.Op // by id
	byID    map[string]*observ.Op
	claims  []Claim
	claim   map[string]int      // id -> index into claims
	shownBy map[string][]string // claim id -> step families
	source  *sources

	experiments []Experiment
}

// New joins ops with the source and claims in files, which has the repository's layout. It does not look at the source yet:
// [Catalog.Check] does.
func New(files fs.FS, ops []*observ.Op) (*Catalog, error) {
	claims, err := readClaims(files)
	if err != nil {
		return nil, err
	}
	experiments, err := readExperiments(files)
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		byID: map[string]*observ.Op{}, claims: claims, claim: map[string]int{},
		shownBy: map[string][]string{}, source: newSources(files), experiments: experiments,
	}
	for i := range claims {
		c.claim[claims[i].ID] = i
		for _, id := range claims[i].Spans {
			c.show(claims[i].ID, id)
		}
	}
	for _, op := range ops {
		if c.byID[op.ID] != nil {
			return nil, fmt.Errorf("%w: %s", ErrDuplicateStep, op.ID)
		}
		c.byID[op.ID] = op
		c.steps = append(c.steps, op)
		for _, id := range op.Claims {
			c.show(id, op.ID)
		}
	}
	slices.SortFunc(c.steps, func(a, b *observ.Op) int { return strings.Compare(a.ID, b.ID) })
	for _, ids := range c.shownBy {
		slices.Sort(ids)
	}
	return c, nil
}

// show notes that a step shows a claim.
func (c *Catalog) show(claim, step string) {
	if f := Family(step); !slices.Contains(c.shownBy[claim], f) {
		c.shownBy[claim] = append(c.shownBy[claim], f)
	}
}

// Steps are all steps, by id.
func (c *Catalog) Steps() []*observ.Op { return c.steps }

// Step finds a step by its id, the span attribute rocketmq.step, or the first of a family; nil when there is none.
func (c *Catalog) Step(id string) *observ.Op {
	if op := c.byID[id]; op != nil || !strings.HasSuffix(id, "*") {
		return op
	}
	for _, op := range c.steps {
		if Family(op.ID) == id {
			return op
		}
	}
	return nil
}

// Claims are all claims of the analysis, in its order.
func (c *Catalog) Claims() []Claim { return c.claims }

// ClaimsOf are the claims that a step shows: those that it names itself, in its order, then others that name it.
func (c *Catalog) ClaimsOf(op *observ.Op) []Claim {
	var out []Claim
	for _, id := range op.Claims {
		if i, ok := c.claim[id]; ok {
			out = append(out, c.claims[i])
		}
	}
	family := Family(op.ID)
	for i := range c.claims {
		if id := c.claims[i].ID; !slices.Contains(op.Claims, id) && slices.Contains(c.shownBy[id], family) {
			out = append(out, c.claims[i])
		}
	}
	return out
}

// ShownBy are the families of the steps that show a claim, sorted.
func (c *Catalog) ShownBy(claim string) []string { return c.shownBy[claim] }

// Function finds a function by its symbol as the runtime spells it, with or without the module's path:
// "client/producer.(*Producer).sendKernelImpl".
func (c *Catalog) Function(symbol string) (Function, error) { return c.source.function(symbol) }

// Reaches says whether the function or method called name in a package calls something called target, itself or through up to depth
// more functions of its package. It goes by names alone, as a reader does.
func (c *Catalog) Reaches(folder, name, target string, depth int) bool {
	funcs, err := c.source.functions(folder)
	if err != nil {
		return false
	}
	return reaches(funcs, name, target, depth)
}

// File is the text of a file of the repository.
func (c *Catalog) File(path string) (string, error) { return c.source.file(path) }

// Check reports every step whose function is not in the source or that names an unknown claim, and every claim or experiment that
// names what is not there, all in one error.
func (c *Catalog) Check() error {
	errs := c.checkClaims()
	for _, op := range c.steps {
		if _, err := c.Function(op.Func); err != nil {
			errs = append(errs, fmt.Errorf("step %s: %w", op.ID, err))
		}
		for _, id := range op.Claims {
			if _, ok := c.claim[id]; !ok {
				errs = append(errs, fmt.Errorf("step %s: %w: %s", op.ID, ErrUnknownClaim, id))
			}
		}
	}
	return errors.Join(errs...)
}
