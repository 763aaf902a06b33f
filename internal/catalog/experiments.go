package catalog

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// experimentFiles are where the tests that perform the claims are: on a cluster of Plume's, and on Apache's programs.
func experimentFiles() []string {
	return []string{"test/analysis/*_test.go", "test/interop/claims*_test.go"}
}

// The ways in which claims and experiments can part.
var (
	ErrNoExperiment = errors.New("no such experiment")
	ErrStray        = errors.New("experiment that its claim does not name")
	ErrUnknownStep  = errors.New("unknown step")
)

// Experiment is a test that performs claims for real.
type Experiment struct {
	Name   string   // "TestClaim_P4_P10_WhoCreatesATopic"
	Claims []string // "P4", "P10": those in its name
	File   string   // of the repository
	Line   int
}

// readExperiments finds the tests that are called TestClaim_, in the order of files and lines.
func readExperiments(files fs.FS) ([]Experiment, error) {
	var out []Experiment
	for _, pattern := range experimentFiles() {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, fmt.Errorf("experiments: %w", err)
		}
		for _, name := range names {
			some, err := experimentsIn(files, name)
			if err != nil {
				return nil, fmt.Errorf("experiments: %w", err)
			}
			out = append(out, some...)
		}
	}
	return out, nil
}

// experimentsIn are those of one file, whatever its build tags.
func experimentsIn(files fs.FS, name string) ([]Experiment, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []Experiment
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "TestClaim") {
			out = append(out, Experiment{
				Name: fn.Name.Name, Claims: claimsIn(fn.Name.Name), File: name, Line: set.Position(fn.Pos()).Line,
			})
		}
	}
	return out, nil
}

var claimID = regexp.MustCompile(`^[PRSTN][0-9]+$`)

// claimsIn are the claims that a test's name carries: its first parts that look like ids.
func claimsIn(test string) []string {
	var ids []string
	for _, part := range strings.Split(test, "_")[1:] {
		if !claimID.MatchString(part) {
			break
		}
		ids = append(ids, part)
	}
	return ids
}

// Experiment finds an experiment by its name.
func (c *Catalog) Experiment(name string) (Experiment, bool) {
	i := slices.IndexFunc(c.experiments, func(e Experiment) bool { return e.Name == name })
	if i < 0 {
		return Experiment{}, false
	}
	return c.experiments[i], true
}

// checkClaims reports every claim that names a step, symbol or experiment that is not there, or an experiment that is not named after
// it, and every experiment that its claims do not name.
func (c *Catalog) checkClaims() []error {
	var errs []error
	for i := range c.claims {
		errs = append(errs, c.checkClaim(&c.claims[i])...)
	}
	for _, e := range c.experiments {
		if len(e.Claims) == 0 {
			errs = append(errs, fmt.Errorf("%w: %s is of no claim", ErrStray, e.Name))
		}
		for _, id := range e.Claims {
			i, ok := c.claim[id]
			if !ok {
				errs = append(errs, fmt.Errorf("experiment %s: %w: %s", e.Name, ErrUnknownClaim, id))
			} else if !slices.Contains(c.claims[i].Tests, e.Name) {
				errs = append(errs, fmt.Errorf("%w: %s is of %s", ErrStray, e.Name, id))
			}
		}
	}
	return errs
}

func (c *Catalog) checkClaim(cl *Claim) []error {
	var errs []error
	for _, id := range cl.Spans {
		if c.Step(id) == nil {
			errs = append(errs, fmt.Errorf("claim %s: %w: %s", cl.ID, ErrUnknownStep, id))
		}
	}
	for _, symbol := range cl.Go {
		if _, err := c.Function(symbol); err != nil {
			errs = append(errs, fmt.Errorf("claim %s: %w", cl.ID, err))
		}
	}
	for _, test := range cl.Tests {
		if e, ok := c.Experiment(test); !ok || !slices.Contains(e.Claims, cl.ID) {
			errs = append(errs, fmt.Errorf("claim %s: %w of its: %s", cl.ID, ErrNoExperiment, test))
		}
	}
	return errs
}
