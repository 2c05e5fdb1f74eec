package plot

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"unicode/utf8"

	"github.com/pkg/errors"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font/liberation"
)

// maxPixels is the size of the largest picture, 400 MB of RGBA.
const maxPixels = 100_000_000

// A canvas is a white picture that is drawn on in pixels.
type canvas struct {
	*image.RGBA
	fonts faces
}

// faces makes font faces of one family, by size in pixels.
type faces map[float64]xfont.Face

// newCanvas makes a canvas of at most maxPixels.
func newCanvas(width, height int) (*canvas, error) {
	if width < 1 || height < 1 || width > maxPixels/height {
		return nil, errors.Errorf("picture of %d by %d pixels, expected at most %d in all", width, height, maxPixels)
	}
	c := &canvas{image.NewRGBA(image.Rect(0, 0, width, height)), faces{}}
	c.fill(c.Bounds(), color.White)
	return c, nil
}

func (c *canvas) fill(r image.Rectangle, col color.Color) {
	draw.Draw(c, r, image.NewUniform(col), image.Point{}, draw.Src)
}

// face returns the sans-serif font at a size in pixels.
func (f faces) face(size float64) (xfont.Face, error) {
	if face, ok := f[size]; ok {
		return face, nil
	}
	for _, candidate := range liberation.Collection() {
		if candidate.Font.Variant != "Sans" || candidate.Font.Style != xfont.StyleNormal || candidate.Font.Weight != xfont.WeightNormal {
			continue
		}
		face, err := opentype.NewFace(candidate.Face, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: xfont.HintingFull})
		if err != nil {
			return nil, errors.Wrapf(err, "font of %g pixels", size)
		}
		f[size] = &fallbackFace{Face: face, font: candidate.Face, size: size}
		return f[size], nil
	}
	return nil, errors.New("font: the embedded collection holds no sans-serif")
}

// width returns the width of s in pixels.
func (f faces) width(s string, size float64) (int, error) {
	face, err := f.face(size)
	if err != nil {
		return 0, err
	}
	return xfont.MeasureString(face, visible(s)).Ceil(), nil
}

// widest returns the width of the widest of list.
func (f faces) widest(list []string, size float64) (int, error) {
	widest := 0
	for _, s := range list {
		w, err := f.width(s, size)
		if err != nil {
			return 0, err
		}
		widest = max(widest, w)
	}
	return widest, nil
}

// apart cuts names to a width in pixels. Those that would look the same begin with their place.
func (f faces) apart(names []string, size float64, width int) ([]string, error) {
	face, err := f.face(size)
	if err != nil {
		return nil, err
	}
	cut, count := make([]string, len(names)), map[string]int{}
	for i, s := range names {
		cut[i] = shorten(face, s, width)
		count[cut[i]]++
	}
	for i, s := range names {
		if count[cut[i]] > 1 {
			cut[i] = shorten(face, fmt.Sprintf("%d %s", i, s), width)
		}
	}
	return cut, nil
}

// An align is where a text stands in its box.
type align int

const (
	left align = iota
	center
	right
)

// text writes s into the box r, vertically centred, and cuts it with "…" where
// it is too wide.
func (c *canvas) text(r image.Rectangle, a align, size float64, col color.Color, s string) error {
	face, err := c.fonts.face(size)
	if err != nil {
		return err
	}
	s = visible(shorten(face, s, r.Dx()))
	width := xfont.MeasureString(face, s).Ceil()
	x := r.Min.X
	switch a {
	case center:
		x += (r.Dx() - width) / 2
	case right:
		x = r.Max.X - width
	}
	// The height of a capital looks centred where that of the line does not.
	capital := face.Metrics().CapHeight.Round()
	y := r.Min.Y + (r.Dy()+capital)/2
	d := xfont.Drawer{Dst: c, Src: image.NewUniform(col), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(s)
	return nil
}

// upText writes s into the box r from bottom to top.
func (c *canvas) upText(r image.Rectangle, a align, size float64, col color.Color, s string) error {
	flat := &canvas{image.NewRGBA(image.Rect(0, 0, r.Dy(), r.Dx())), c.fonts}
	if err := flat.text(flat.Bounds(), a, size, col, s); err != nil {
		return err
	}
	up := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		for x := range r.Dx() {
			up.SetRGBA(x, y, flat.RGBAAt(r.Dy()-1-y, x))
		}
	}
	draw.Draw(c, r, up, image.Point{}, draw.Over)
	return nil
}

// shorten cuts s to a width in pixels.
func shorten(face xfont.Face, s string, width int) string {
	if xfont.MeasureString(face, visible(s)).Ceil() <= width {
		return s
	}
	for s != "" {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		if xfont.MeasureString(face, visible(s+"…")).Ceil() <= width {
			return s + "…"
		}
	}
	return ""
}
