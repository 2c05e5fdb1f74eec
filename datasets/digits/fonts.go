package digits

import (
	"sync"

	"github.com/pkg/errors"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomediumitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fontCount is the number of fonts. The small capitals of the family are not
// among them: their digits are those of the regular and the italic font.
const fontCount = 10

// file returns the TrueType file of font i.
func file(i int) []byte {
	return [fontCount][]byte{
		goregular.TTF, goitalic.TTF, gomedium.TTF, gomediumitalic.TTF, gobold.TTF, gobolditalic.TTF,
		gomono.TTF, gomonoitalic.TTF, gomonobold.TTF, gomonobolditalic.TTF,
	}[i]
}

// fonts holds the glyphs of all shapes in all fonts, each made when it is
// first asked for. It is safe for concurrent use.
type fonts struct {
	glyphs [fontCount][shapes]struct {
		once  sync.Once
		glyph *glyph
		err   error
	}
}

// Shapes beside the digits of a font, as people write them.
const (
	openZero = 10 // a zero without the stroke that the Go fonts put through it
	bareOne  = 11 // a one that is a single stroke
	shapes   = 12
)

func newFonts() *fonts { return new(fonts) }

// glyph returns a shape of font i: 0 to 9, openZero or bareOne.
func (f *fonts) glyph(i, shape int) (*glyph, error) {
	e := &f.glyphs[i][shape]
	e.once.Do(func() {
		var contours [][]point
		switch shape {
		case bareOne:
			e.glyph = newGlyph([][]point{{{0, 0}, {1, 0}, {1, 10}, {0, 10}}})
		case openZero:
			if contours, e.err = outline(file(i), '0'); e.err == nil {
				e.glyph = newRing(contours)
			}
		default:
			if contours, e.err = outline(file(i), rune('0'+shape)); e.err == nil {
				e.glyph = newGlyph(contours)
			}
		}
	})
	return e.glyph, e.err
}

// point is a place; y grows downwards.
type point struct{ x, y float32 }

// outline returns the contours of a character as closed polygons, in the
// units of the font.
func outline(ttf []byte, character rune) ([][]point, error) {
	font, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, errors.Wrap(err, "read font")
	}
	var buffer sfnt.Buffer
	index, err := font.GlyphIndex(&buffer, character)
	if err != nil {
		return nil, errors.Wrapf(err, "find %q in the font", character)
	}
	segments, err := font.LoadGlyph(&buffer, index, fixed.Int26_6(font.UnitsPerEm()), nil)
	if err != nil {
		return nil, errors.Wrapf(err, "read %q of the font", character)
	}
	var contours [][]point
	var last point
	for _, s := range segments {
		a, b := at(s.Args[0]), at(s.Args[1])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			contours = append(contours, []point{a})
			last = a
		case sfnt.SegmentOpLineTo:
			extend(contours, a)
			last = a
		case sfnt.SegmentOpQuadTo:
			const steps = 4 // the curves of the digits are short: straight pieces stray by less than 1/20 pixel
			for k := 1; k <= steps; k++ {
				t := float32(k) / steps
				u := 1 - t
				extend(contours, point{
					u*u*last.x + 2*u*t*a.x + t*t*b.x,
					u*u*last.y + 2*u*t*a.y + t*t*b.y,
				})
			}
			last = b
		default:
			return nil, errors.Errorf("read %q of the font: curve of degree 3, expected at most 2 in TrueType", character)
		}
	}
	if len(contours) == 0 {
		return nil, errors.Errorf("read %q of the font: no outline", character)
	}
	return contours, nil
}

func at(p fixed.Point26_6) point { return point{float32(p.X), float32(p.Y)} }

// extend appends p to the last contour.
func extend(contours [][]point, p point) {
	if k := len(contours) - 1; k >= 0 {
		contours[k] = append(contours[k], p)
	}
}
