package observ

import (
	"path"
	"runtime"
	"strings"
)

const (
	modulePath  = "github.com/plumemq/plume/"
	observFuncs = modulePath + "internal/observ."
)

// Location is a place in this module's source.
type Location struct {
	Function string // fully qualified, as runtime.Func spells it
	File     string // relative to the module root, with forward slashes
	Line     int    // the function's first line
}

// locate finds the step's function: the nearest caller that is neither in this package nor in a trace.go, which by
// convention holds only the helpers that start steps. It runs once per Op, so its cost does not matter.
func locate() Location {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		helper := strings.HasPrefix(f.Function, observFuncs) || path.Base(f.File) == "trace.go"
		if !helper {
			return describe(f)
		}
		if !more {
			return Location{}
		}
	}
}

func describe(f runtime.Frame) Location {
	file, line := f.File, f.Line
	if fn := runtime.FuncForPC(f.Entry); fn != nil && fn.Name() == f.Function { // not inlined into another function
		file, line = fn.FileLine(f.Entry)
	}
	return Location{Function: trimClosure(f.Function), File: packageDir(f.Function) + path.Base(file), Line: line}
}

// trimClosure names the enclosing function of a closure: "pkg.(*T).run.func1" is "pkg.(*T).run".
func trimClosure(fn string) string {
	slash := strings.LastIndexByte(fn, '/') + 1
	if i := strings.Index(fn[slash:], ".func"); i > 0 {
		return fn[:slash+i]
	}
	return fn
}

// packageDir is the folder of a function's package relative to the module root, with a trailing slash.
func packageDir(fn string) string {
	slash := strings.LastIndexByte(fn, '/') + 1
	dot := strings.IndexByte(fn[slash:], '.')
	if dot < 0 {
		return ""
	}
	pkg := strings.TrimSuffix(fn[:slash+dot], "_test")
	if rel, ok := strings.CutPrefix(pkg, modulePath); ok {
		return rel + "/"
	}
	return ""
}
