package cheatsheet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

// TestItems_sources: the symbols of each row are declared, and its test is a
// test of that package.
func TestItems_sources(t *testing.T) {
	packages := map[string]declared{}
	of := func(dir string) declared {
		d, ok := packages[dir]
		if !ok {
			d = declarations(t, dir)
			packages[dir] = d
		}
		return d
	}
	for _, i := range Items() {
		for _, symbol := range append([]string{i.Symbol}, i.Also...) {
			if pkg, name := splitSymbol(symbol); !of(pkg).code[name] {
				t.Errorf("%s: no symbol %s", i.ID, symbol)
			}
		}
		if pkg, name := splitSymbol(i.Test); !strings.HasPrefix(name, "Test") || !of(pkg).tests[name] {
			t.Errorf("%s: no test %s", i.ID, i.Test)
		}
	}
}

// The search finds what there is and nothing else.
func TestDeclarations(t *testing.T) {
	d := declarations(t, "graph/nn")
	for name, want := range map[string]bool{
		"Conv2d": true, "NewConv2d": true, "Valid": true, "Linear.Forward": true, "Layer": true,
		"Conv4d": false, "Linear.Backward": false, "TestSection1_3_SamePad": false, "": false,
	} {
		if d.code[name] != want {
			t.Errorf("graph/nn.%s: declared %t, want %t", name, d.code[name], want)
		}
	}
	if !d.tests["TestSection1_3_SamePad"] || d.tests["SamePad"] {
		t.Error("tests of graph/nn")
	}
}

// declared are the names of a package: X, or T.M of methods.
type declared struct{ code, tests map[string]bool }

// declarations parses the files of a package.
func declarations(t *testing.T, dir string) declared {
	t.Helper()
	d := declared{map[string]bool{}, map[string]bool{}}
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names := d.code
		if strings.HasSuffix(e.Name(), "_test.go") {
			names = d.tests
		}
		for _, decl := range file.Decls {
			add(names, decl)
		}
	}
	return d
}

// add adds what a declaration declares.
func add(names map[string]bool, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		names[receiver(decl)+decl.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

// receiver returns "T." of a method of T or *T, generic or not.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	for {
		switch x := of.(type) {
		case *ast.StarExpr:
			of = x.X
		case *ast.IndexExpr:
			of = x.X
		case *ast.Ident:
			return x.Name + "."
		default:
			return ""
		}
	}
}
