package catalog

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// claimsFiles are where the claims are written down, one file per section, in the order of the original.
func claimsFiles() []string {
	return []string{
		"docs/analysis/producer.md", "docs/analysis/route.md", "docs/analysis/send.md", "docs/analysis/client.md", "docs/analysis/server.md",
	}
}

// ErrClaims is returned when a file of claims does not have its form.
var ErrClaims = errors.New("malformed claims file")

// Verdict is what came of a claim.
type Verdict string

// The verdicts. A claim without an experiment is Open.
const (
	Open      Verdict = ""
	Confirmed Verdict = "confirmed" // it holds
	Corrected Verdict = "corrected" // it holds in part, or does not
	Answered  Verdict = "answered"  // it was a question
)

// String is the verdict in one word.
func (v Verdict) String() string {
	if v == Open {
		return "open"
	}
	return string(v)
}

// Text says the same thing twice.
type Text struct{ EN, ZH string }

// Claim is one statement or question of the analysis that Plume traces.
type Claim struct {
	ID       string // "P4"
	Section  string // "What a producer does"
	File     string // of the repository, where it is written down
	Lines    string // of the original text: "24-25"
	Question bool   // a question rather than a statement
	Text            // our statement of it
	Verdict  Verdict
	Because  Text     // the verdict's explanation; of an open claim, what is missing, or nothing
	Spans    []string // step ids or families that show it
	Go       []string // symbols that do it
	Apache   []string // methods of Apache's that do it
	Tests    []string // the experiments, tests of test/analysis and test/interop
}

// readClaims parses the files of claims.
func readClaims(files fs.FS) ([]Claim, error) {
	var claims []Claim
	for _, name := range claimsFiles() {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read claims: %w", err)
		}
		some, err := parseClaims(name, string(text))
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrClaims, name, err)
		}
		claims = append(claims, some...)
	}
	seen := map[string]bool{}
	for i := range claims {
		if seen[claims[i].ID] {
			return nil, fmt.Errorf("%w: %s appears twice", ErrClaims, claims[i].ID)
		}
		seen[claims[i].ID] = true
		if err := claims[i].complete(); err != nil {
			return nil, fmt.Errorf("%w: %s: %s %w", ErrClaims, claims[i].File, claims[i].ID, err)
		}
	}
	return claims, nil
}

// parseClaims reads "## P. Section", "### P4", then "- key: value" lines. Other lines before the first claim are prose.
func parseClaims(name, text string) ([]Claim, error) {
	var claims []Claim
	var set map[string]bool // keys of the current claim
	section := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		id, isClaim := strings.CutPrefix(line, "### ")
		title, isSection := strings.CutPrefix(line, "## ")
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case isClaim:
			claims, set = append(claims, Claim{ID: id, Section: section, File: name}), map[string]bool{}
		case isSection:
			_, section, _ = strings.Cut(title, ". ")
		case len(claims) == 0 || line == "":
		case !isItem:
			return nil, fmt.Errorf("line %d: %w", n, errClaimLine)
		default:
			key, value, _ := strings.Cut(item, ": ")
			if set[key] {
				return nil, fmt.Errorf("line %d: %s is said twice", n, key)
			}
			set[key] = true
			if err := claims[len(claims)-1].set(key, strings.TrimSpace(value)); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	return claims, nil
}

var errClaimLine = errors.New("not a line of lines, kind, en, zh, verdict, because, because-zh, spans, go, apache or tests")

// set takes one "key: value" line.
func (c *Claim) set(key, value string) (err error) {
	if value == "" {
		return fmt.Errorf("%s: empty", key)
	}
	switch key {
	case "lines":
		c.Lines = value
	case "kind":
		c.Question = value == "question"
	case "en":
		c.EN = value
	case "zh":
		c.ZH = value
	case "verdict":
		c.Verdict = Verdict(value)
	case "because":
		c.Because.EN = value
	case "because-zh":
		c.Because.ZH = value
	case "spans":
		c.Spans, err = backquotedList(value)
	case "go":
		c.Go, err = backquotedList(value)
	case "apache":
		c.Apache, err = backquotedList(value)
	case "tests":
		c.Tests, err = backquotedList(value)
	default:
		return fmt.Errorf("%q: %w", key, errClaimLine)
	}
	return err
}

// backquotedList reads "`a` `b`".
func backquotedList(value string) ([]string, error) {
	var out []string
	for _, word := range strings.Fields(value) {
		inner := strings.Trim(word, "`")
		if inner == "" || word != "`"+inner+"`" {
			return nil, fmt.Errorf("%q: want a list of `words` in backquotes", word)
		}
		out = append(out, inner)
	}
	return out, nil
}

// complete says what a claim lacks.
func (c *Claim) complete() error {
	switch {
	case c.Lines == "" || c.EN == "" || c.ZH == "":
		return errors.New("lacks lines, en or zh")
	case (c.Because.EN == "") != (c.Because.ZH == ""):
		return errors.New("explains itself in one language only")
	}
	switch c.Verdict {
	case Open:
		if len(c.Tests)+len(c.Spans)+len(c.Go)+len(c.Apache) > 0 {
			return errors.New("is open, and yet names an experiment, spans, symbols or methods")
		}
		return nil
	case Answered, Confirmed, Corrected:
	default:
		return fmt.Errorf("has the verdict %q: want confirmed, corrected or answered", c.Verdict)
	}
	if c.Question != (c.Verdict == Answered) {
		return errors.New("is a question without an answer, or an answer without a question")
	}
	if c.Because.EN == "" || len(c.Tests) == 0 || len(c.Spans) == 0 || len(c.Go) == 0 || len(c.Apache) == 0 {
		return errors.New("has a verdict, but not all of because, because-zh, spans, go, apache and tests")
	}
	return nil
}
