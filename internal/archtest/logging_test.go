package archtest_test

import (
	"go/ast"
	"testing"
)

// A function that is given a context logs through observ.Logger(ctx, ...), so that the line leads to its span.
func TestLinesInsideSpansCarryTheirSpan(t *testing.T) {
	for _, f := range files(t) {
		if f.IsTest() || !underAny(f.Dir(), []string{"remoting", "client", "namesrv", "broker"}) {
			continue
		}
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !takesContext(fn) {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && logsPlainly(call) {
					t.Errorf("%s: log through observ.Logger(ctx, ...), so that the line carries trace_id and span_id", f.Fset.Position(call.Pos()))
				}
				return true
			})
		}
	}
}

func takesContext(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if sel, ok := p.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Context" && len(p.Names) > 0 && p.Names[0].Name != "_" {
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "context" {
				return true
			}
		}
	}
	return false
}

// logsPlainly says whether a call is x.log.Warn(...) or the like, straight from a field.
func logsPlainly(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch method.Sel.Name {
	case "Debug", "Info", "Warn", "Error":
	default:
		return false
	}
	field, ok := method.X.(*ast.SelectorExpr)
	return ok && (field.Sel.Name == "log" || field.Sel.Name == "Logger")
}
