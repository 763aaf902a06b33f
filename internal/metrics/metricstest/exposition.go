// Package metricstest reads what a /metrics page says, for tests: through Prometheus's own parser, so that what it accepts a
// Prometheus does too.
package metricstest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// ErrNotOpenMetrics is returned for a page in another format than was asked for, ErrStatus for one that is not OK.
var (
	ErrNotOpenMetrics = errors.New("not OpenMetrics")
	ErrStatus         = errors.New("scrape failed")
)

// Exposition is one scrape.
type Exposition struct {
	// Families are by the name of their series: a counter's ends in _total.
	Families map[string]*Family
}

// Family is one metric of a scrape.
type Family struct {
	Name, Type, Help string
	Samples          []Sample
}

// Sample is one line.
type Sample struct {
	Name   string // with _bucket, _sum, _count
	Labels map[string]string
	Value  float64
	// Exemplar has the labels of the line's exemplar; nil without one.
	Exemplar map[string]string
}

// Scrape fetches url as OpenMetrics, as a Prometheus does that stores exemplars, and parses it.
func Scrape(url string) (*Exposition, error) {
	body, format, err := get(url, "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(format, "application/openmetrics-text") {
		return nil, fmt.Errorf("%w: %s: %.200s", ErrNotOpenMetrics, format, body)
	}
	return Parse(body, format)
}

// ScrapeText fetches url in Prometheus's text format, which every exporter speaks, and parses it.
func ScrapeText(url string) (*Exposition, error) {
	body, format, err := get(url, "text/plain;version=0.0.4")
	if err != nil {
		return nil, err
	}
	return Parse(body, format)
}

func get(url, accept string) (body []byte, contentType string, err error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: %s: %.200s", ErrStatus, resp.Status, body)
	}
	return body, resp.Header.Get("Content-Type"), err
}

// Parse reads a page of a content type: OpenMetrics, or Prometheus's text format.
func Parse(page []byte, contentType string) (*Exposition, error) {
	p, err := textparse.New(page, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return nil, err
	}
	e := &Exposition{Families: map[string]*Family{}}
	var declared Family
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return e, nil
		}
		if err != nil {
			return nil, err
		}
		switch entry {
		case textparse.EntryHelp:
			name, help := p.Help()
			declared = Family{Name: string(name), Help: string(help), Type: declared.typeOf(string(name))}
		case textparse.EntryType:
			name, kind := p.Type()
			declared = Family{Name: string(name), Type: string(kind), Help: declared.helpOf(string(name))}
		case textparse.EntrySeries:
			e.add(&declared, readSample(p))
		}
	}
}

func (f *Family) typeOf(name string) string {
	if f.Name == name {
		return f.Type
	}
	return ""
}

func (f *Family) helpOf(name string) string {
	if f.Name == name {
		return f.Help
	}
	return ""
}

func readSample(p textparse.Parser) Sample {
	var s Sample
	_, _, s.Value = p.Series()
	var ls labels.Labels
	p.Labels(&ls)
	s.Labels = ls.Map()
	s.Name = s.Labels["__name__"]
	delete(s.Labels, "__name__")
	var ex exemplar.Exemplar
	if p.Exemplar(&ex) {
		s.Exemplar = ex.Labels.Map()
	}
	return s
}

// add files a sample under its family.
func (e *Exposition) add(declared *Family, s Sample) {
	name := declared.Name
	if declared.Type == "counter" && !strings.HasSuffix(name, "_total") {
		name += "_total" // OpenMetrics declares counters without
	}
	f := e.Families[name]
	if f == nil {
		f = &Family{Name: name, Type: declared.Type, Help: declared.Help}
		e.Families[name] = f
	}
	if !strings.HasSuffix(s.Name, "_created") {
		f.Samples = append(f.Samples, s)
	}
}

// LabelNames are the names of all labels of a family, sorted, but for le.
func (f *Family) LabelNames() []string {
	names := map[string]bool{}
	for _, s := range f.Samples {
		for name := range s.Labels {
			names[name] = true
		}
	}
	delete(names, "le")
	return slices.Sorted(maps.Keys(names))
}

// Buckets are the upper bounds of a histogram, sorted, without infinity.
func (f *Family) Buckets() []float64 {
	bounds := map[float64]bool{}
	for _, s := range f.Samples {
		if le, err := strconv.ParseFloat(s.Labels["le"], 64); err == nil && s.Labels["le"] != "+Inf" {
			bounds[le] = true
		}
	}
	return slices.Sorted(maps.Keys(bounds))
}

// Sum adds up the values of a family's samples of a name whose labels include some: of a histogram, ask for name_count.
func (e *Exposition) Sum(family, sample string, with map[string]string) (sum float64, found bool) {
	f := e.Families[family]
	if f == nil {
		return 0, false
	}
	for _, s := range f.Samples {
		if s.Name == sample && includes(s.Labels, with) {
			sum, found = sum+s.Value, true
		}
	}
	return sum, found
}

// Value is [Exposition.Sum] of a counter or a gauge.
func (e *Exposition) Value(name string, with map[string]string) (float64, bool) {
	return e.Sum(name, name, with)
}

func includes(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}
