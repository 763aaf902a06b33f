package archtest_test

import (
	"go/ast"
	"strings"
	"testing"
)

// banned are the calls that must go through internal/clock, internal/network or internal/disk, so that simulations can stand in.
var banned = map[string][]string{
	"time": {"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"},
	"net":  {"Dial", "DialTimeout", "Listen", "DialTCP", "ListenTCP"},
	"os":   {"Open", "OpenFile", "Create", "CreateTemp", "Remove", "RemoveAll", "Rename", "ReadFile", "WriteFile", "Mkdir", "MkdirAll", "MkdirTemp", "ReadDir", "Stat", "Truncate"},
}

func TestTheOutsideWorldIsReachedThroughSeams(t *testing.T) {
	roots := []string{"message", "remoting", "client", "namesrv", "broker"}
	for _, f := range files(t) {
		if f.IsTest() || !underAny(f.Dir(), roots) {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || pkg.Obj != nil { // a variable, not a package
				return true
			}
			for _, name := range banned[pkg.Name] {
				if sel.Sel.Name == name {
					t.Errorf("%s: %s.%s: use internal/clock, internal/network or internal/disk", f.Fset.Position(sel.Pos()), pkg.Name, name)
				}
			}
			return true
		})
	}
}

func TestNoForbiddenNames(t *testing.T) {
	for _, f := range files(t) {
		for _, part := range strings.Split(f.Dir(), "/") {
			switch part {
			case "util", "utils", "common", "helpers", "types":
				t.Errorf("%s: a package called %q says nothing", f.Path, part)
			}
		}
	}
}

// Every package says what it is for.
func TestEveryPackageHasADoc(t *testing.T) {
	has, seen := map[string]bool{}, map[string]bool{}
	for _, f := range files(t) {
		if f.IsTest() || strings.HasPrefix(f.Dir(), "test/") {
			continue
		}
		seen[f.Dir()] = true
		if f.AST.Doc != nil {
			has[f.Dir()] = true
		}
	}
	for dir := range seen {
		if !has[dir] {
			t.Errorf("package %s has no package comment", dir)
		}
	}
}

// init functions hide work; mutable package state hides owners.
func TestNoInitFunctions(t *testing.T) {
	for _, f := range files(t) {
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init function", f.Fset.Position(fn.Pos()))
			}
		}
	}
}
