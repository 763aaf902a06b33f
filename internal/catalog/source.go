package catalog

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// modulePath is what the runtime puts before a symbol of this module.
const modulePath = "github.com/plumemq/plume/"

// ErrNoFunction is returned for a symbol that the embedded source does not have.
var ErrNoFunction = errors.New("no such function in the source")

// Function is a function as it stands in the source that this program was built from.
type Function struct {
	Symbol  string // relative to the module: "client/producer.(*Producer).sendKernelImpl"
	Name    string // the part that a caller writes: "sendKernelImpl"
	File    string // relative to the module
	DocLine int    // first line of the doc comment; Start when there is none
	Start   int    // the line of "func"
	End     int    // the line of the closing brace
	Doc     string // the doc comment's text
	Text    string // lines DocLine to End
}

// sources parses packages on first use and keeps what it found. Safe for concurrent use.
type sources struct {
	files fs.FS

	mu       sync.Mutex
	packages map[string]map[string]Function // folder -> symbol within the package -> function
}

func newSources(files fs.FS) *sources {
	return &sources{files: files, packages: map[string]map[string]Function{}}
}

func (s *sources) file(name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%q: %w", name, fs.ErrInvalid)
	}
	b, err := fs.ReadFile(s.files, name)
	if err != nil {
		return "", fmt.Errorf("embedded file: %w", err)
	}
	return string(b), nil
}

func (s *sources) function(symbol string) (Function, error) {
	symbol = strings.TrimPrefix(symbol, modulePath)
	slash := strings.LastIndexByte(symbol, '/') + 1
	dot := strings.IndexByte(symbol[slash:], '.')
	if dot < 0 {
		return Function{}, fmt.Errorf("%w: %q", ErrNoFunction, symbol)
	}
	folder, name := symbol[:slash+dot], symbol[slash+dot+1:]
	funcs, err := s.functions(folder)
	if err != nil {
		return Function{}, err
	}
	f, ok := funcs[strings.ReplaceAll(name, "[...]", "")]
	if !ok {
		return Function{}, fmt.Errorf("%w: %s", ErrNoFunction, symbol)
	}
	return f, nil
}

// functions are those of one package, parsed when first asked for.
func (s *sources) functions(folder string) (map[string]Function, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if funcs, ok := s.packages[folder]; ok {
		return funcs, nil
	}
	funcs, err := s.parse(folder)
	if err != nil {
		return nil, err
	}
	s.packages[folder] = funcs
	return funcs, nil
}

// parse reads the functions of one package, tests left out.
func (s *sources) parse(folder string) (map[string]Function, error) {
	if !fs.ValidPath(folder) {
		return nil, fmt.Errorf("%w: package %q", ErrNoFunction, folder)
	}
	names, err := fs.Glob(s.files, folder+"/*.go")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%w: package %s", ErrNoFunction, folder)
	}
	funcs := map[string]Function{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := s.file(name)
		if err != nil {
			return nil, err
		}
		if err := parseFile(funcs, name, text); err != nil {
			return nil, err
		}
	}
	return funcs, nil
}

func parseFile(funcs map[string]Function, name, text string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	lines := strings.SplitAfter(text, "\n")
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		key := symbolOf(fn)
		f := Function{
			Symbol: path.Dir(name) + "." + key, Name: fn.Name.Name, File: name,
			Start: fset.Position(fn.Pos()).Line, End: fset.Position(fn.End()).Line, Doc: fn.Doc.Text(),
		}
		f.DocLine = f.Start
		if fn.Doc != nil {
			f.DocLine = fset.Position(fn.Doc.Pos()).Line
		}
		f.Text = strings.Join(lines[f.DocLine-1:f.End], "")
		funcs[key] = f
	}
	return nil
}

// symbolOf spells a function as the runtime does, without its package: "(*T).m", "T.m", "f".
func symbolOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	recv, pointer := fn.Recv.List[0].Type, false
	if star, ok := recv.(*ast.StarExpr); ok {
		recv, pointer = star.X, true
	}
	switch generic := recv.(type) {
	case *ast.IndexExpr:
		recv = generic.X
	case *ast.IndexListExpr:
		recv = generic.X
	}
	name, ok := recv.(*ast.Ident)
	if !ok {
		return fn.Name.Name
	}
	if pointer {
		return "(*" + name.Name + ")." + fn.Name.Name
	}
	return name.Name + "." + fn.Name.Name
}
