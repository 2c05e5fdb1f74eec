package kernel

import (
	"fmt"
	"go/ast"
	"go/build"
	"os"
	"reflect"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/cosmos72/gomacro/ast2"
	"github.com/cosmos72/gomacro/base"
	"github.com/cosmos72/gomacro/fast"
	"github.com/cosmos72/gomacro/imports"
	"github.com/cosmos72/gomacro/xreflect"

	"github.com/hocsau/hocsau/cmd/internal/symbols"
)

// interpreter evaluates cells.
type interpreter struct {
	ir      *fast.Interp
	display *fast.Import
}

// newInterpreter makes an interpreter that knows the packages of this project
// and those given.
func newInterpreter(more map[string]imports.Package) *interpreter {
	// Without a GOROOT the importer does not look for export data of its own,
	// which it cannot read in the form of present compilers.
	build.Default.GOROOT = ""
	for path, p := range symbols.Packages() {
		imports.Packages.MergePackage(path, imports.PackageUnderlying(p))
	}
	for path, p := range more {
		imports.Packages.MergePackage(path, imports.PackageUnderlying(p))
	}
	ir := fast.New()
	ir.Comp.Globals.Options &^= base.OptShowPrompt | base.OptShowEval | base.OptShowEvalType | base.OptTrapPanic
	ir.Comp.Globals.Stderr = warnings{}
	return &interpreter{ir: ir}
}

// warnings is where the interpreter's warnings go. That a name is declared again
// is nothing to warn of in a notebook, whose cells are run again and again.
type warnings struct{}

func (warnings) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), "// warning: redefined identifier") {
		return len(b), nil
	}
	return os.Stderr.Write(b)
}

// result is what a cell evaluates to.
type result struct {
	values []value
	shown  bool // the last statement is an expression, whose values are shown
	called bool // that expression is a call
}

// value is a value with the type that the interpreter gives it.
type value struct {
	v any
	t xreflect.Type
}

// failure is an error of a cell, as a front end shows it.
type failure struct {
	name, says string
	trace      []string
}

// interrupted is the failure of a cell that was interrupted.
const interrupted = "KeyboardInterrupt"

// eval evaluates a cell. Whatever happens in it, it returns.
func (in *interpreter) eval(code string) (r result, failed *failure) {
	compiled := false
	defer func() {
		if v := recover(); v != nil {
			failed = explain(v, compiled)
		}
	}()
	form := in.ir.Parse(code)
	if form == nil {
		return result{}, nil
	}
	expr := in.ir.CompileAst(form)
	compiled = true
	values, types := in.ir.RunExpr(expr)
	last := lastExpression(form)
	r.shown = last != nil && !prints(last)
	_, r.called = last.(*ast.CallExpr)
	for i, v := range values {
		if !v.IsValid() || v == fast.None {
			continue
		}
		x := v.ReflectValue()
		if !x.IsValid() || x.Kind() == reflect.Interface && x.IsNil() {
			r.values = append(r.values, value{})
			continue
		}
		if x.CanInterface() {
			r.values = append(r.values, value{x.Interface(), types[i]})
		}
	}
	return r, nil
}

// lastExpression returns the last statement of a cell if it is an expression.
func lastExpression(form ast2.Ast) ast.Expr {
	for {
		if list, ok := form.(ast2.AstWithSlice); ok && !isNode(form) {
			if list.Size() == 0 {
				return nil
			}
			form = list.Get(list.Size() - 1)
			continue
		}
		break
	}
	switch n := form.Interface().(type) {
	case *ast.ExprStmt:
		return n.X
	case ast.Expr:
		if _, function := n.(*ast.FuncLit); !function {
			return n
		}
	}
	return nil
}

// prints reports whether an expression is a call of fmt's that prints; nobody
// wants to see how many bytes it printed.
func prints(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "fmt" && (strings.HasPrefix(f.Sel.Name, "Print") || strings.HasPrefix(f.Sel.Name, "Fprint"))
}

// isNode reports whether the form is one node of the syntax tree.
func isNode(form ast2.Ast) bool {
	_, ok := form.Interface().(ast.Node)
	return ok
}

// explain turns what a cell panicked with into an error message.
func explain(v any, compiled bool) *failure {
	if v == base.SigInterrupt {
		return &failure{name: interrupted, says: "the cell was interrupted", trace: []string{"interrupted: what the cell had defined is still there"}}
	}
	f := &failure{name: "CompileError"}
	if compiled {
		f.name = "panic"
	}
	switch e := v.(type) {
	case *reflect.ValueError: // how the interpreter follows a nil pointer
		f.says = e.Error()
		if e.Kind == reflect.Invalid {
			f.says = "invalid memory address or nil pointer dereference"
		}
	case error:
		f.says = e.Error()
	case fmt.Stringer:
		f.says = e.String()
	default:
		f.says = fmt.Sprint(v)
	}
	f.says = strings.TrimSpace(place().ReplaceAllString(f.says, "line $1, column $2:"))
	f.trace = []string{f.name + ": " + f.says}
	if compiled {
		f.trace = append(f.trace, callers(string(debug.Stack()))...)
	}
	return f
}

// place is how the interpreter says where something is.
func place() *regexp.Regexp { return regexp.MustCompile(`repl\.go:(\d+):(\d+):`) }

// callers returns the compiled functions of this project that a panic came
// through, without the interpreter and the kernel.
func callers(stack string) []string {
	var list []string
	for _, line := range strings.Split(stack, "\n") {
		if strings.HasPrefix(line, "github.com/hocsau/hocsau/") && !strings.Contains(line, "/cmd/internal/") {
			if i := strings.LastIndexByte(line, '('); i > 0 {
				list = append(list, "  in "+strings.TrimPrefix(line[:i], "github.com/hocsau/hocsau/"))
			}
		}
	}
	return list
}

// complete returns the words that the identifier before the cursor can be, and
// where it begins; positions count bytes.
func (in *interpreter) complete(code string, cursor int) (words []string, start int) {
	defer func() {
		if recover() != nil {
			words, start = nil, cursor
		}
	}()
	line := strings.LastIndexByte(code[:cursor], '\n') + 1
	head, list, _ := in.ir.CompleteWords(code[line:cursor], cursor-line)
	return list, line + len(head)
}

// inspect returns what is known of the name at the cursor: its type, and for a
// type its methods.
func (in *interpreter) inspect(code string, cursor int) (says string, found bool) {
	name := nameAt(code, cursor)
	if name == "" {
		return "", false
	}
	defer func() {
		if recover() != nil {
			says, found = "", false
		}
	}()
	form := in.ir.Parse(name)
	if list, ok := form.(ast2.AstWithSlice); ok && !isNode(form) && list.Size() == 1 {
		form = list.Get(0)
	}
	expr, typ := in.ir.Comp.Expr1OrType(ast2.ToExpr(form))
	if expr != nil {
		t := expr.Type
		if t == nil {
			return name, true
		}
		return fmt.Sprintf("%s %s%s", name, t, methodsOf(t.ReflectType())), true
	}
	return fmt.Sprintf("type %s %s%s", name, typ.ReflectType().Kind(), methodsOf(typ.ReflectType())), true
}

// methodsOf lists the methods of a type.
func methodsOf(t reflect.Type) string {
	if t == nil || t.Kind() == reflect.Func {
		return ""
	}
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		t = reflect.PointerTo(t)
	}
	var b strings.Builder
	for i := range t.NumMethod() {
		m := t.Method(i)
		fmt.Fprintf(&b, "\n  %s%s", m.Name, strings.TrimPrefix(m.Type.String(), "func"))
	}
	return b.String()
}

// nameAt returns the dotted name around the cursor.
func nameAt(code string, cursor int) string {
	letter := func(i int) bool {
		c := code[i]
		return c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	cursor = min(max(cursor, 0), len(code))
	from, to := cursor, cursor
	for from > 0 && letter(from-1) {
		from--
	}
	for to < len(code) && letter(to) && code[to] != '.' {
		to++
	}
	return strings.Trim(code[from:to], ".")
}
