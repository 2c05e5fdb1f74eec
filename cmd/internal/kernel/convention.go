package kernel

import (
	"image"
	"reflect"

	"github.com/cosmos72/gomacro/fast"
	"github.com/cosmos72/gomacro/xreflect"
)

// The display methods of values, as in gophernotes.
type (
	renderer       interface{ Render() Data }
	simpleRenderer interface{ SimpleRender() MIMEMap }
	htmler         interface{ HTML() string }
	markdowner     interface{ Markdown() string }
	javascripter   interface{ JavaScript() string }
	svger          interface{ SVG() string }
	latexer        interface{ Latex() string }
	pnger          interface{ PNG() []byte }
	jpeger         interface{ JPEG() []byte }
	pdfer          interface{ PDF() []byte }
	jsoner         interface{ JSON() map[string]any }
)

// displayTypes are the interfaces above by their names in the package display,
// and the structs by which types that a cell declares implement them.
func displayTypes() (types, proxies map[string]reflect.Type) {
	types = map[string]reflect.Type{
		"Renderer": reflect.TypeFor[renderer](), "SimpleRenderer": reflect.TypeFor[simpleRenderer](),
		"HTMLer": reflect.TypeFor[htmler](), "Markdowner": reflect.TypeFor[markdowner](), "JavaScripter": reflect.TypeFor[javascripter](),
		"SVGer": reflect.TypeFor[svger](), "Latexer": reflect.TypeFor[latexer](),
		"PNGer": reflect.TypeFor[pnger](), "JPEGer": reflect.TypeFor[jpeger](), "PDFer": reflect.TypeFor[pdfer](),
		"JSONer": reflect.TypeFor[jsoner](), "Image": reflect.TypeFor[image.Image](),
	}
	proxies = map[string]reflect.Type{
		"Renderer": reflect.TypeFor[proxyRenderer](), "SimpleRenderer": reflect.TypeFor[proxySimpleRenderer](),
		"HTMLer": reflect.TypeFor[proxyHTMLer](), "Markdowner": reflect.TypeFor[proxyMarkdowner](), "JavaScripter": reflect.TypeFor[proxyJavaScripter](),
		"SVGer": reflect.TypeFor[proxySVGer](), "Latexer": reflect.TypeFor[proxyLatexer](),
		"PNGer": reflect.TypeFor[proxyPNGer](), "JPEGer": reflect.TypeFor[proxyJPEGer](), "PDFer": reflect.TypeFor[proxyPDFer](),
		"JSONer": reflect.TypeFor[proxyJSONer](),
	}
	return types, proxies
}

// forms returns what has the display methods of v: itself, or, where a cell
// declared its type, a value for each interface that the type implements. Methods
// of such types are known to the interpreter alone.
func (in *interpreter) forms(v any, t xreflect.Type) []any {
	list := []any{v}
	if v == nil || t == nil || !t.Named() && t.Kind() != reflect.Pointer || reflect.TypeOf(v).NumMethod() > 0 {
		return list
	}
	for _, want := range in.display.Types {
		if want.Kind() != reflect.Interface || !t.Implements(want) {
			continue
		}
		convert := in.ir.Comp.Converter(t, want)
		if convert == nil {
			continue
		}
		if x := convert(xreflect.ValueOf(v)).ReflectValue(); x.IsValid() && x.CanInterface() {
			list = append(list, x.Interface())
		}
	}
	return list
}

// importDisplay gives notebooks the package display without an import.
func (in *interpreter) importDisplay() error {
	found, err := in.ir.ImportPackagesOrError(map[string]fast.PackageName{"display": "display"})
	if err != nil {
		return err
	}
	in.display = found["display"]
	return nil
}

// The fields are named as the interpreter fills them: the method's name with an
// underscore.
type (
	proxyRenderer struct {
		Object  any
		Render_ func(any) Data
	}
	proxySimpleRenderer struct {
		Object        any
		SimpleRender_ func(any) MIMEMap
	}
	proxyHTMLer struct {
		Object any
		HTML_  func(any) string
	}
	proxyMarkdowner struct {
		Object    any
		Markdown_ func(any) string
	}
	proxyJavaScripter struct {
		Object      any
		JavaScript_ func(any) string
	}
	proxySVGer struct {
		Object any
		SVG_   func(any) string
	}
	proxyLatexer struct {
		Object any
		Latex_ func(any) string
	}
	proxyPNGer struct {
		Object any
		PNG_   func(any) []byte
	}
	proxyJPEGer struct {
		Object any
		JPEG_  func(any) []byte
	}
	proxyPDFer struct {
		Object any
		PDF_   func(any) []byte
	}
	proxyJSONer struct {
		Object any
		JSON_  func(any) map[string]any
	}
)

func (p *proxyRenderer) Render() Data                { return p.Render_(p.Object) }
func (p *proxySimpleRenderer) SimpleRender() MIMEMap { return p.SimpleRender_(p.Object) }
func (p *proxyHTMLer) HTML() string                  { return p.HTML_(p.Object) }
func (p *proxyMarkdowner) Markdown() string          { return p.Markdown_(p.Object) }
func (p *proxyJavaScripter) JavaScript() string      { return p.JavaScript_(p.Object) }
func (p *proxySVGer) SVG() string                    { return p.SVG_(p.Object) }
func (p *proxyLatexer) Latex() string                { return p.Latex_(p.Object) }
func (p *proxyPNGer) PNG() []byte                    { return p.PNG_(p.Object) }
func (p *proxyJPEGer) JPEG() []byte                  { return p.JPEG_(p.Object) }
func (p *proxyPDFer) PDF() []byte                    { return p.PDF_(p.Object) }
func (p *proxyJSONer) JSON() map[string]any          { return p.JSON_(p.Object) }
