package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"netmeshos/internal/fault"
)

// kindsOfFault are the kinds that package fault declares.
func kindsOfFault(t *testing.T) map[fault.Kind]bool {
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[fault.Kind]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds[fault.Kind(text)] = true
		}
		return true
	})
	if len(kinds) == 0 {
		t.Fatal("package fault declares no kinds")
	}
	return kinds
}

// The ABI's list stands in errors.h, Go's in package fault.
func TestEveryKindIsInBothLists(t *testing.T) {
	kinds := kindsOfFault(t)
	for kind := range kinds {
		if _, known := ofKind()[kind]; !known {
			t.Errorf("errors.h has no row marked for the kind %q", kind)
		}
	}
	for kind := range ofKind() {
		if !kinds[kind] {
			t.Errorf("package fault has no kind %q, which errors.h has a row for", kind)
		}
	}
}
