package namesrv

import (
	"fmt"
	"maps"
	"slices"

	"github.com/plumemq/plume/internal/properties"
)

// ParseConfig reads the text of a namesrv.conf over [DefaultConfig]. Keys that are none of the name server's come back, sorted,
// for a warning: Apache's conf has some for features that do not exist here.
func ParseConfig(text string) (cfg Config, unknown []string, err error) {
	cfg = DefaultConfig()
	values, err := properties.Parse(text)
	if err != nil {
		return Config{}, nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, ok := lookup(name); !ok {
			unknown = append(unknown, name)
			continue
		}
		if err := cfg.Set(name, values[name]); err != nil {
			return Config{}, unknown, err
		}
	}
	return cfg, unknown, nil
}
