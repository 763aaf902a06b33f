package catalog

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// claimsFile is where the claims are written down.
const claimsFile = "docs/analysis/claims.md"

// ErrClaims is returned when claims.md does not have its form.
var ErrClaims = errors.New("malformed claims file")

// Claim is one statement or question of the analysis that Plume traces.
type Claim struct {
	ID       string // "P4"
	Section  string // "What a producer does"
	Lines    string // of the original text: "24-25"
	Question bool   // a question rather than a statement
	EN, ZH   string // our statement of it
	Verdict  string // confirmed, corrected or answered; empty: not settled here yet
	Because  string // the verdict's explanation
}

// readClaims parses claims.md: "## P. Section", "### P4", then "- key: value" lines.
func readClaims(files fs.FS) ([]Claim, error) {
	text, err := fs.ReadFile(files, claimsFile)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	var claims []Claim
	section, seen := "", map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if id, ok := strings.CutPrefix(line, "### "); ok {
			if seen[id] {
				return nil, fmt.Errorf("%w: line %d: %s appears twice", ErrClaims, n, id)
			}
			seen[id] = true
			claims = append(claims, Claim{ID: id, Section: section})
			continue
		}
		if title, ok := strings.CutPrefix(line, "## "); ok {
			_, section, _ = strings.Cut(title, ". ")
			continue
		}
		if item, ok := strings.CutPrefix(line, "- "); ok && len(claims) > 0 {
			if err := claims[len(claims)-1].set(item); err != nil {
				return nil, fmt.Errorf("%w: line %d: %w", ErrClaims, n, err)
			}
		}
	}
	return claims, complete(claims)
}

var errClaimLine = errors.New("not one of lines, kind, en, zh, verdict, because")

func (c *Claim) set(item string) error {
	key, value, _ := strings.Cut(item, ": ")
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
		c.Verdict = value
	case "because":
		c.Because = value
	default:
		return fmt.Errorf("%q: %w", key, errClaimLine)
	}
	return nil
}

func complete(claims []Claim) error {
	for _, c := range claims {
		if c.Lines == "" || c.EN == "" || c.ZH == "" {
			return fmt.Errorf("%w: %s lacks lines, en or zh", ErrClaims, c.ID)
		}
		if (c.Verdict == "") != (c.Because == "") {
			return fmt.Errorf("%w: %s needs both verdict and because, or neither", ErrClaims, c.ID)
		}
	}
	return nil
}
