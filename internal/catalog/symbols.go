package catalog

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Functions are all functions of the source, tests left out, by file and line.
func (c *Catalog) Functions() ([]Function, error) {
	folders := map[string]bool{}
	err := fs.WalkDir(c.source.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			folders[path.Dir(name)] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("embedded source: %w", err)
	}
	var out []Function
	for folder := range folders {
		funcs, err := c.source.functions(folder)
		if err != nil {
			return nil, err
		}
		for _, f := range funcs {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Function) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start, b.Start)) })
	return out, nil
}
