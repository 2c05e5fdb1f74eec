//go:build ignore

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/constant"
	"go/format"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"log"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// wanted are the packages, as patterns of go list. Those of the standard library
// that the interpreter brings are left out.
var wanted = []string{
	"github.com/hocsau/hocsau/graph/...", "github.com/hocsau/hocsau/zoo/...", "github.com/hocsau/hocsau/losses",
	"github.com/hocsau/hocsau/solvers/...", "github.com/hocsau/hocsau/datasets/...", "github.com/hocsau/hocsau/metrics/...",
	"github.com/hocsau/hocsau/plot/...", "gorgonia.org/gorgonia", "gorgonia.org/tensor", "github.com/pkg/errors",
	"gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/stat", "gonum.org/v1/gonum/stat/distuv",
	"gonum.org/v1/gonum/diff/fd", "gonum.org/v1/gonum/dsp/fourier", "gonum.org/v1/gonum/integrate", "gonum.org/v1/gonum/interp", "gonum.org/v1/gonum/optimize",
	"gonum.org/v1/plot", "gonum.org/v1/plot/font", "gonum.org/v1/plot/palette", "gonum.org/v1/plot/palette/moreland", "gonum.org/v1/plot/plotter",
	"gonum.org/v1/plot/plotutil", "gonum.org/v1/plot/text", "gonum.org/v1/plot/vg", "gonum.org/v1/plot/vg/draw", "gonum.org/v1/plot/vg/vgimg", "gonum.org/v1/plot/vg/vgsvg",
	"context", "math/rand/v2", "io/fs",
}

// main writes the symbol tables of the packages that notebooks may import.
func main() {
	exports := exportFiles()
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path].Export) })
	var table bytes.Buffer
	var files []string
	for _, p := range sortedRoots(exports) {
		pkg, err := imp.Import(p)
		if err != nil {
			log.Fatal(err)
		}
		name := "sym_" + strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(strings.TrimPrefix(p, "github.com/hocsau/hocsau/")) + ".go"
		fn := "load" + camel(strings.TrimPrefix(p, "github.com/hocsau/hocsau/"))
		write(name, source(pkg, fn))
		fmt.Fprintf(&table, "\t\t%q: %s(),\n", p, fn)
		files = append(files, name)
	}
	write("sym_table.go", "package symbols\n\nimport \"github.com/cosmos72/gomacro/imports\"\n\n"+
		"// Packages returns the tables by import path.\nfunc Packages() map[string]imports.Package {\n\treturn map[string]imports.Package{\n"+table.String()+"\t}\n}\n")
	known := map[string]bool{"sym_table.go": true}
	for _, f := range files {
		known[f] = true
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "sym_") && !known[e.Name()] {
			if err := os.Remove(e.Name()); err != nil {
				log.Fatal(err)
			}
		}
	}
}

type listed struct {
	ImportPath, Export string
	Root               bool
}

// exportFiles asks go list for the export data of the packages and of all that
// they import.
func exportFiles() map[string]listed {
	all := map[string]listed{}
	read := func(args ...string) []listed {
		cmd := exec.Command("go", append([]string{"list"}, args...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			log.Fatal(err)
		}
		var list []listed
		for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
			var l listed
			if err := d.Decode(&l); err != nil {
				log.Fatal(err)
			}
			list = append(list, l)
		}
		return list
	}
	for _, l := range read(append([]string{"-export", "-deps", "-json=ImportPath,Export"}, wanted...)...) {
		all[l.ImportPath] = l
	}
	for _, l := range read(append([]string{"-json=ImportPath"}, wanted...)...) {
		e := all[l.ImportPath]
		e.Root = true
		all[l.ImportPath] = e
	}
	return all
}

func sortedRoots(all map[string]listed) []string {
	var roots []string
	for p, l := range all {
		if l.Root && !strings.Contains(p, "/internal/") {
			roots = append(roots, p)
		}
	}
	sort.Strings(roots)
	return roots
}

func camel(path string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/.-_", r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// names gives import names to packages.
type names struct {
	by   map[string]string // path → name
	used map[string]bool
}

func (n *names) qualify(p *types.Package) string {
	if name, ok := n.by[p.Path()]; ok {
		return name
	}
	name := p.Name()
	for i := 2; n.used[name]; i++ {
		name = fmt.Sprintf("%s%d", p.Name(), i)
	}
	n.by[p.Path()], n.used[name] = name, true
	return name
}

func source(pkg *types.Package, fn string) string {
	n := &names{by: map[string]string{}, used: map[string]bool{"imports": true, "reflect": true}}
	own := n.qualify(pkg)
	var binds, kinds, proxies, untyped, code bytes.Buffer
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		o := scope.Lookup(name)
		if !o.Exported() {
			continue
		}
		at := own + "." + name
		switch o := o.(type) {
		case *types.Func:
			unseeded := pkg.Path() == "math/rand/v2" && !strings.HasPrefix(name, "New") // notebooks repeat
			if sig := o.Type().(*types.Signature); sig.TypeParams() == nil && !unseeded {
				fmt.Fprintf(&binds, "\t\t\t%q: reflect.ValueOf(%s),\n", name, at)
			}
		case *types.Var:
			fmt.Fprintf(&binds, "\t\t\t%q: reflect.ValueOf(&%s).Elem(),\n", name, at)
		case *types.Const:
			fmt.Fprintf(&binds, "\t\t\t%q: reflect.ValueOf(%s),\n", name, fits(o, at))
			if b, ok := o.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
				fmt.Fprintf(&untyped, "\t\t\t%q: %q,\n", name, untypedText(o))
			}
		case *types.TypeName:
			if generic(o) || constraint(o) {
				continue
			}
			fmt.Fprintf(&kinds, "\t\t\t%q: reflect.TypeFor[%s](),\n", name, at)
			if i, ok := o.Type().Underlying().(*types.Interface); ok && proxyable(i) && !o.IsAlias() {
				proxy := "proxy" + strings.TrimPrefix(fn, "load") + name
				fmt.Fprintf(&proxies, "\t\t\t%q: reflect.TypeFor[%s](),\n", name, proxy)
				writeProxy(&code, n, proxy, at, i)
			}
		}
	}
	uses := binds.Len()+kinds.Len() > 0
	var b bytes.Buffer
	b.WriteString("// Code generated by gen.go. DO NOT EDIT.\n\npackage symbols\n\nimport (\n\t\"reflect\"\n\n\t\"github.com/cosmos72/gomacro/imports\"\n\n")
	var paths []string
	for p := range n.by {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	for _, p := range paths {
		if p == pkg.Path() && !uses {
			continue
		}
		fmt.Fprintf(&b, "\t%s %q\n", n.by[p], p)
	}
	fmt.Fprintf(&b, ")\n\n// %s returns the symbols of package %s.\nfunc %s() imports.Package {\n\treturn imports.Package{\n\t\tName: %q,\n", fn, pkg.Path(), fn, pkg.Name())
	fmt.Fprintf(&b, "\t\tBinds: map[string]reflect.Value{\n%s\t\t},\n\t\tTypes: map[string]reflect.Type{\n%s\t\t},\n\t\tProxies: map[string]reflect.Type{\n%s\t\t},\n\t\tUntypeds: map[string]string{\n%s\t\t},\n\t}\n}\n%s",
		binds.String(), kinds.String(), proxies.String(), untyped.String(), code.String())
	return b.String()
}

func generic(o *types.TypeName) bool {
	switch t := o.Type().(type) {
	case *types.Named:
		return t.TypeParams() != nil
	case *types.Alias:
		return t.TypeParams() != nil
	}
	return false
}

// constraint reports whether the type can only be used to limit type parameters.
func constraint(o *types.TypeName) bool {
	i, ok := o.Type().Underlying().(*types.Interface)
	return ok && !i.IsMethodSet()
}

// proxyable reports whether an interpreted type can have the methods.
func proxyable(i *types.Interface) bool {
	if i.NumMethods() == 0 {
		return false
	}
	for k := range i.NumMethods() {
		m := i.Method(k)
		if !m.Exported() || hidden(m.Type()) {
			return false
		}
	}
	return true
}

// hidden reports whether a signature names an unexported or internal type.
func hidden(t types.Type) bool {
	text := types.TypeString(t, nil)
	return strings.Contains(text, "/internal/")
}

// writeProxy writes the struct by which an interpreted type implements an
// interface: a function for each method, called with the object.
func writeProxy(b *bytes.Buffer, n *names, name, of string, i *types.Interface) {
	var methods bytes.Buffer
	fmt.Fprintf(b, "\n// %s lets interpreted types implement %s.\ntype %s struct {\n\tObject any\n", name, of, name)
	for k := range i.NumMethods() {
		m := i.Method(k)
		sig := m.Type().(*types.Signature)
		var params, args []string
		for j := range sig.Params().Len() {
			p := sig.Params().At(j)
			arg, kind := fmt.Sprintf("a%d", j), types.TypeString(p.Type(), n.qualify)
			call := arg
			if sig.Variadic() && j == sig.Params().Len()-1 {
				kind, call = "..."+strings.TrimPrefix(kind, "[]"), arg+"..."
			}
			params, args = append(params, arg+" "+kind), append(args, call)
		}
		results := types.TypeString(sig.Results(), n.qualify)
		if sig.Results().Len() == 0 {
			results = ""
		} else if sig.Results().Len() == 1 {
			results = types.TypeString(sig.Results().At(0).Type(), n.qualify)
		} else {
			var kinds []string
			for j := range sig.Results().Len() {
				kinds = append(kinds, types.TypeString(sig.Results().At(j).Type(), n.qualify))
			}
			results = "(" + strings.Join(kinds, ", ") + ")"
		}
		give := ""
		if results != "" {
			give = "return "
		}
		fmt.Fprintf(b, "\t%s_ func(%s) %s\n", m.Name(), strings.Join(append([]string{"o any"}, params...), ", "), results)
		fmt.Fprintf(&methods, "\n// %s calls the interpreted method.\nfunc (p *%s) %s(%s) %s {\n\t%sp.%s_(%s)\n}\n",
			m.Name(), name, m.Name(), strings.Join(params, ", "), results, give, m.Name(), strings.Join(append([]string{"p.Object"}, args...), ", "))
	}
	fmt.Fprintf(b, "}\n%s", methods.String())
}

// fits converts an untyped constant that does not fit into an int.
func fits(o *types.Const, at string) string {
	b, ok := o.Type().(*types.Basic)
	if !ok || b.Kind() != types.UntypedInt {
		return at
	}
	if v, exact := constant.Int64Val(o.Val()); exact && v >= -1<<31 && v < 1<<31 {
		return at
	}
	if _, exact := constant.Uint64Val(o.Val()); exact {
		return "uint64(" + at + ")"
	}
	return "float64(" + at + ")"
}

func untypedText(o *types.Const) string {
	v := o.Val()
	switch o.Type().(*types.Basic).Kind() {
	case types.UntypedBool:
		return "bool:" + v.String()
	case types.UntypedInt:
		return "int:" + v.ExactString()
	case types.UntypedRune:
		return "rune:" + v.ExactString()
	case types.UntypedFloat:
		return "float:" + v.ExactString()
	case types.UntypedString:
		return "string:" + constant.StringVal(v)
	}
	return ""
}

func write(name, text string) {
	out, err := format.Source([]byte(text))
	if err != nil {
		log.Fatalf("%s: %v\n%s", name, err, text)
	}
	if err := os.WriteFile(name, out, 0o666); err != nil {
		log.Fatal(err)
	}
}
