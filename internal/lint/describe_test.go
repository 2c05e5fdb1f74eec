package lint

import (
	"go/ast"
	"slices"
	"testing"
)

// undescribed finds operations, types with a method compute, that have no
// method describe of their own: writers of other formats would not know them,
// or take them for the operation that they embed.
func undescribed(t *tree) []string {
	computes, describes := map[string]*ast.FuncDecl{}, map[string]bool{}
	for _, f := range t.code() {
		if f.dir != "graph" {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || len(fn.Recv.List) != 1 {
				continue
			}
			receiver := root(receiverType(fn.Recv.List[0].Type))
			if receiver == nil {
				continue
			}
			switch fn.Name.Name {
			case "compute":
				computes[receiver.Name] = fn
			case "describe":
				describes[receiver.Name] = true
			}
		}
	}
	var found []string
	for name, fn := range computes {
		if !describes[name] {
			found = append(found, t.at(fn.Pos(), "operation %s: expected a method describe of its own", name))
		}
	}
	slices.Sort(found)
	return found
}

// receiverType takes the pointer and the type parameters off.
func receiverType(e ast.Expr) ast.Expr {
	if p, ok := e.(*ast.StarExpr); ok {
		e = p.X
	}
	if g, ok := e.(*ast.IndexExpr); ok {
		e = g.X
	}
	return e
}

func TestOperations_areDescribed(t *testing.T) {
	check(t, undescribed, []sample{
		{
			name: "embedded",
			files: map[string]string{"graph/a.go": "package graph\n\ntype a struct{}\n\nfunc (a) compute() {}\nfunc (a) describe() {}\n\n" +
				"type b struct{ a }\n\nfunc (*b) compute() {}\n"},
			want: []string{"graph/a.go:10: operation b: expected a method describe of its own"},
		},
	})
}
