package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"netmeshos/internal/fault"
)

// parse reads a Go file's constants.
func parse(t *testing.T, path string, visit func(*ast.ValueSpec)) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			visit(spec)
		}
		return true
	})
}

// kindsOfFault are the kinds that package fault declares, by their constants' names.
func kindsOfFault(t *testing.T) map[string]fault.Kind {
	kinds := map[string]fault.Kind{}
	parse(t, "../internal/fault/fault.go", func(spec *ast.ValueSpec) {
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds[spec.Names[0].Name] = fault.Kind(text)
		}
	})
	if len(kinds) == 0 {
		t.Fatal("package fault declares no kinds")
	}
	return kinds
}

// kindsOfRuntime are the constants of package fault that package runtime passes on.
func kindsOfRuntime(t *testing.T) map[string]bool {
	names := map[string]bool{}
	parse(t, "../runtime/errors.go", func(spec *ast.ValueSpec) {
		for i, value := range spec.Values {
			if s, ok := value.(*ast.SelectorExpr); ok && spec.Names[i].Name == "Kind"+s.Sel.Name {
				names[s.Sel.Name] = true
			}
		}
	})
	return names
}

// find returns what the first group of a pattern matches in a file.
func find(t *testing.T, path, pattern string) map[string]bool {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		found[match[1]] = true
	}
	if len(found) == 0 {
		t.Fatalf("%s has no kinds", path)
	}
	return found
}

// kindsOfHeaders are the kinds that the headers list, each on a line of its own: in quotes in
// net_meshos.h, after the status in net_meshos_ext.h.
func kindsOfHeaders(t *testing.T) map[string]bool {
	kinds := find(t, "../include/net_meshos.h", `(?m)^ \*   "([a-z_]+)" `)
	maps.Copy(kinds, find(t, "../include/net_meshos_ext.h", `(?m)^ \* +-[1-4] ([a-z_]+)\b`))
	return kinds
}

// kindsOfABI are the kinds of errors.h.
func kindsOfABI(t *testing.T) map[string]bool {
	return find(t, "errors.h", `\b(?:X|GO)\([A-Z_]+, -[1-4], "([a-z_]+)"`)
}

func TestEveryKindIsInTheListsOfTheABI(t *testing.T) {
	kinds := kindsOfFault(t)
	for _, kind := range kinds {
		if _, known := ofKind()[kind]; !known {
			t.Errorf("errors.h has no row marked for the kind %q", kind)
		}
	}
	for kind := range ofKind() {
		if !slices.Contains(slices.Collect(maps.Values(kinds)), kind) {
			t.Errorf("package fault has no kind %q, which errors.h has a row for", kind)
		}
	}
}

func TestPackageRuntimeHasEveryKind(t *testing.T) {
	named := kindsOfRuntime(t)
	for name := range kindsOfFault(t) {
		if !named[name] {
			t.Errorf("runtime/errors.go lacks Kind%[1]s = fault.%[1]s", name)
		}
	}
}

func TestTheHeadersListEveryKind(t *testing.T) {
	listed, known := kindsOfHeaders(t), kindsOfABI(t)
	for kind := range known {
		if !listed[kind] {
			t.Errorf("no header lists the kind %q", kind)
		}
	}
	for kind := range listed {
		if !known[kind] {
			t.Errorf("a header lists %q, but errors.h has no such row", kind)
		}
	}
}
