// Command tape records which lines of source run in each golden span tree and writes test/e2e/testdata/*.tape. Run it from the root
// of the repository: `make tape`.
//
// It builds the end-to-end tests into a program of its own, because only a program, not a test binary, may read its coverage
// counters while it runs.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/plumemq/plume/internal/tape"
)

const (
	tests     = "test/e2e"                    // whose tests are run
	scenarios = "test/tape/testdata/scenario" // where they are compiled: no pattern of the go command looks into testdata

	// covered ends with the program itself: without that, it would not count.
	covered = "./message/...,./remoting/...,./client/...,./namesrv/...,./broker/...,./" + scenarios + "/main"

	// takes is how often the tests are run: a line counts when it ran in every one, so that what the cluster's background work happened
	// to do meanwhile in one of them does not.
	takes = 3
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tape:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "plume-tape-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "scenarios")
	if err := build(program); err != nil {
		return err
	}
	raws := make([]string, takes)
	for i := range raws {
		raws[i] = filepath.Join(dir, fmt.Sprint("take-", i))
		if err := record(program, raws[i]); err != nil {
			return err
		}
	}
	return write(dir, raws)
}

// record runs the tests once.
func record(program, raw string) error {
	exit := raw + "-exit" // what the runtime writes at the end: not needed
	for _, folder := range []string{raw, exit} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
	}
	cmd := exec.Command(program)
	cmd.Dir = tests
	cmd.Env = append(os.Environ(), "PLUME_TAPE="+raw, "GOCOVERDIR="+exit)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the end-to-end tests: %w", err)
	}
	return nil
}

// build makes a program of the end-to-end tests that counts how often each block of the product runs.
func build(program string) error {
	if err := os.MkdirAll(scenarios+"/main", 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(scenarios)
	files, err := filepath.Glob(tests + "/*_test.go")
	if err != nil {
		return err
	}
	var names []string
	for _, file := range files {
		found, err := testsIn(file)
		if err != nil {
			return err
		}
		names = append(names, found...)
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), "_test.go") + ".go"
		if err := os.WriteFile(filepath.Join(scenarios, name), text, 0o600); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"all.go": listed(names), "main/main.go": mainText} {
		if err := os.WriteFile(filepath.Join(scenarios, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("go", "build", "-tags", "tape", "-cover", "-covermode=atomic", "-coverpkg="+covered, "-o", program, "./"+scenarios+"/main")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	return nil
}

// testsIn names the tests of a file.
func testsIn(file string) ([]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, decl := range parsed.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") && fn.Name.Name != "TestMain" {
			names = append(names, fn.Name.Name)
		}
	}
	return names, nil
}

// listed is the source of a list of the tests.
func listed(names []string) string {
	var b strings.Builder
	b.WriteString("package e2e_test\n\nimport \"testing\"\n\n// All are the tests.\nfunc All() []testing.InternalTest {\n\treturn []testing.InternalTest{\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\t\t{Name: %q, F: %s},\n", name, name)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

const mainText = `package main

import (
	"regexp"
	"testing"

	e2e_test "github.com/plumemq/plume/` + scenarios + `"
)

func main() { testing.Main(regexp.MatchString, e2e_test.All(), nil, nil) }
`

// write turns what was recorded into tapes and removes those whose golden tree is gone.
func write(dir string, raws []string) error {
	old, err := filepath.Glob(filepath.Join(tape.Folder, "*"+tape.Ext))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	trees, err := os.ReadDir(raws[0])
	if err != nil {
		return err
	}
	s, err := newSource(dir)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, tree := range trees {
		folders := make([]string, len(raws))
		for i, raw := range raws {
			folders[i] = filepath.Join(raw, tree.Name())
		}
		t, err := s.tape(tree.Name(), folders)
		if err != nil {
			return fmt.Errorf("%s: %w", tree.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(tape.Folder, t.Name+tape.Ext), []byte(t.String()), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-24s %2d steps, %2d functions\n", t.Name, len(t.Steps), len(t.Functions))
	}
	return nil
}
