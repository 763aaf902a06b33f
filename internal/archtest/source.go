package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Module is the import path that every package here starts with.
const Module = "github.com/plumemq/plume"

// File is one parsed Go file of this module.
type File struct {
	Path string // relative to the module root, with forward slashes
	AST  *ast.File
	Fset *token.FileSet
}

// Dir is the folder of the file's package, "." for the root.
func (f File) Dir() string { return filepath.ToSlash(filepath.Dir(f.Path)) }

// IsTest says whether it is a _test.go file.
func (f File) IsTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Imports are the file's import paths; those of this module relative to it.
func (f File) Imports() []string {
	var paths []string
	for _, spec := range f.AST.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if rel, ok := strings.CutPrefix(path, Module+"/"); ok {
			path = rel
		}
		paths = append(paths, path)
	}
	return paths
}

// Root is the module root, seen from a test in this package.
const Root = "../.."

// Files parses every Go file of the main module below Root.
func Files() ([]File, error) {
	var files []File
	fset := token.NewFileSet()
	err := filepath.WalkDir(Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipFolder(path, d)
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(Root, path)
		if err != nil {
			return err
		}
		files = append(files, File{Path: filepath.ToSlash(rel), AST: parsed, Fset: fset})
		return nil
	})
	return files, err
}

// skipFolder leaves out what is not part of the main module.
func skipFolder(path string, d fs.DirEntry) error {
	name := d.Name()
	if path == Root {
		return nil
	}
	if strings.HasPrefix(name, ".") || name == "testdata" || name == "bin" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}
