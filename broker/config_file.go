package broker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/properties"
)

// Property is one key of a broker.conf and its value.
type Property struct{ Name, Value string }

// ParseProperties reads a Java properties file, sorted by key; a key given twice keeps its last value.
func ParseProperties(text string) ([]Property, error) {
	values, err := properties.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	props := make([]Property, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		props = append(props, Property{name, strings.TrimSpace(values[name])})
	}
	return props, nil
}

// Apply sets the fields that props name and returns the keys that this broker does not know, which callers report but
// tolerate: Apache's broker.conf has some four hundred, most of them for features that do not exist here.
func (c *Config) Apply(props []Property) (unknown []string, err error) {
	byName := map[string]key{}
	for _, k := range c.keys() {
		byName[k.name] = k
	}
	for _, p := range props {
		k, ok := byName[p.Name]
		if !ok {
			unknown = append(unknown, p.Name)
			continue
		}
		if err := k.set(p.Value); err != nil {
			return unknown, err
		}
	}
	return unknown, nil
}

// ParseConfig reads the text of a broker.conf over [DefaultConfig]. The keys it does not know come back for a warning.
func ParseConfig(text string) (c Config, unknown []string, err error) {
	props, err := ParseProperties(text)
	if err != nil {
		return Config{}, nil, err
	}
	c = DefaultConfig()
	unknown, err = c.Apply(props)
	return c, unknown, err
}

// Format lists every known key and its value, as request 26 answers.
func (c *Config) Format() string {
	values := map[string]string{}
	for _, k := range c.keys() {
		values[k.name] = k.get()
	}
	return properties.Format(values)
}
