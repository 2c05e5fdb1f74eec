package plot

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"unicode"

	"github.com/hajimehoshi/bitmapfont/v3"
	xdraw "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// A fallbackFace writes with a font. A character that the font lacks is written with
// a bitmap font (Chinese, Japanese, Korean, Arabic, Armenian, Georgian, …); one
// that it lacks too is a box with the number of the character, so that no two
// names look the same.
type fallbackFace struct {
	xfont.Face
	font *sfnt.Font
	size float64 // pixels
	buf  sfnt.Buffer
}

// The cells of the bitmap font, in its pixels.
const (
	bitmapEm       = 12
	bitmapHeight   = 16
	bitmapBaseline = 12
)

// has tells whether the font has a sign for r. Control characters need none.
func (f *fallbackFace) has(r rune) bool {
	i, err := f.font.GlyphIndex(&f.buf, r)
	return err == nil && i != 0 || unicode.IsSpace(r) || unicode.IsControl(r)
}

// Glyph satisfies font.Face.
func (f *fallbackFace) Glyph(dot fixed.Point26_6, r rune) (dr image.Rectangle, mask image.Image, maskp image.Point, advance fixed.Int26_6, ok bool) {
	if f.has(r) {
		return f.Face.Glyph(dot, r)
	}
	m := f.bitmap(r)
	b := m.Bounds()
	at := image.Pt(dot.X.Round(), dot.Y.Round()-f.pixels(bitmapBaseline))
	return b.Add(at), m, b.Min, fixed.I(b.Dx()), true
}

// GlyphBounds satisfies font.Face.
func (f *fallbackFace) GlyphBounds(r rune) (bounds fixed.Rectangle26_6, advance fixed.Int26_6, ok bool) {
	if f.has(r) {
		return f.Face.GlyphBounds(r)
	}
	b := f.bitmap(r).Bounds()
	top := -f.pixels(bitmapBaseline)
	return fixed.R(0, top, b.Dx(), top+b.Dy()), fixed.I(b.Dx()), true
}

// GlyphAdvance satisfies font.Face.
func (f *fallbackFace) GlyphAdvance(r rune) (advance fixed.Int26_6, ok bool) {
	if f.has(r) {
		return f.Face.GlyphAdvance(r)
	}
	return fixed.I(f.bitmap(r).Bounds().Dx()), true
}

// Kern satisfies font.Face.
func (f *fallbackFace) Kern(a, b rune) fixed.Int26_6 {
	if !f.has(a) || !f.has(b) {
		return 0
	}
	return f.Face.Kern(a, b)
}

// pixels scales a length of the bitmap font.
func (f *fallbackFace) pixels(n int) int {
	return int(math.Round(float64(n) * f.size / bitmapEm))
}

// bitmap returns the sign of r at the size of the face.
func (f *fallbackFace) bitmap(r rune) *image.Alpha {
	cell, mask, at, _, ok := bitmapfont.Face.Glyph(fixed.Point26_6{}, r)
	if !ok || empty(mask, at, cell.Size()) {
		return f.numberBox(r)
	}
	small := image.NewAlpha(image.Rectangle{Max: cell.Size()})
	draw.Draw(small, small.Bounds(), mask, at, draw.Src)
	out := image.NewAlpha(image.Rect(0, 0, f.pixels(cell.Dx()), f.pixels(bitmapHeight)))
	xdraw.BiLinear.Scale(out, out.Bounds(), small, small.Bounds(), xdraw.Src, nil)
	return out
}

func empty(m image.Image, at, size image.Point) bool {
	for y := range size.Y {
		for x := range size.X {
			if _, _, _, a := m.At(at.X+x, at.Y+y).RGBA(); a > 0 {
				return false
			}
		}
	}
	return true
}

// numberBox draws the hexadecimal number of r in two rows within a frame.
func (f *fallbackFace) numberBox(r rune) *image.Alpha {
	digits := fmt.Sprintf("%04X", r)
	if len(digits) > 4 {
		digits = fmt.Sprintf("%06X", r)
	}
	columns := len(digits) / 2
	dot := max(1, int(math.Round(f.size/15))) // pixels
	width, height := 4*columns+4, 15
	out := image.NewAlpha(image.Rect(0, 0, (width+1)*dot, f.pixels(bitmapHeight)))
	top := max(0, f.pixels(bitmapBaseline)-(height-1)*dot)
	set := func(x, y int) {
		r := image.Rect(x*dot, top+y*dot, (x+1)*dot, top+(y+1)*dot)
		draw.Draw(out, r.Intersect(out.Bounds()), image.Opaque, image.Point{}, draw.Src)
	}
	for x := range width {
		set(x, 0)
		set(x, height-1)
	}
	for y := range height {
		set(0, y)
		set(width-1, y)
	}
	for i := range len(digits) {
		v := strings.IndexByte("0123456789ABCDEF", digits[i])
		for y, row := range hexRows()[v] {
			for x := range 3 {
				if row>>(2-x)&1 == 1 {
					set(2+4*(i%columns)+x, 2+6*(i/columns)+y)
				}
			}
		}
	}
	return out
}

// hexRows are the digits 0 to F, five rows of three bits each.
func hexRows() [16][5]byte {
	return [16][5]byte{
		{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7},
		{5, 5, 7, 1, 1}, {7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1},
		{7, 5, 7, 5, 7}, {7, 5, 7, 1, 7}, {2, 5, 7, 5, 5}, {6, 5, 6, 5, 6},
		{3, 4, 4, 4, 3}, {6, 5, 5, 5, 6}, {7, 4, 6, 4, 7}, {7, 4, 6, 4, 4},
	}
}

// visible is s as it is drawn: composed characters, in the order of the eye, Arabic
// letters in the forms that they have beside each other.
func visible(s string) string {
	s = norm.NFC.String(s)
	for _, r := range s {
		if unicode.In(r, unicode.Arabic, unicode.Hebrew) {
			return bitmapfont.PresentationForms(s, bitmapfont.DirectionLeftToRight, language.Und)
		}
	}
	return s
}

// picture draws one line of text on nothing; baseline is counted from its top.
func (f faces) picture(s string, size float64, col color.Color) (m *image.RGBA, baseline int, err error) {
	face, err := f.face(size)
	if err != nil {
		return nil, 0, err
	}
	s = visible(s)
	baseline = int(math.Ceil(size * bitmapBaseline / bitmapEm))
	height := int(math.Ceil(size * bitmapHeight / bitmapEm))
	m = image.NewRGBA(image.Rect(0, 0, max(1, xfont.MeasureString(face, s).Ceil()), height))
	d := xfont.Drawer{Dst: m, Src: image.NewUniform(col), Face: face, Dot: fixed.P(0, baseline)}
	d.DrawString(s)
	return m, baseline, nil
}
