package plot

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// names writes the texts of charts that users name: a line with characters that
// the font of charts lacks is drawn as a picture.
type names struct {
	text.Handler
	fonts faces
}

// pictureSize is the size in pixels of such a line.
func pictureSize(fnt font.Font) float64 { return fnt.Size.Points() * dpi / vg.Inch.Points() }

// drawn tells that a line is to be a picture.
func (n names) drawn(line string, fnt font.Font) bool {
	face, err := n.fonts.face(pictureSize(fnt))
	if err != nil {
		return false
	}
	f, ok := face.(*fallbackFace)
	if !ok {
		return false
	}
	for _, r := range line {
		if !f.has(r) {
			return true
		}
	}
	return false
}

// Box satisfies text.Handler.
func (n names) Box(txt string, fnt font.Font) (width, height, depth vg.Length) {
	width, height, depth = n.Handler.Box(txt, fnt)
	if n.drawn(txt, fnt) {
		if pixels, err := n.fonts.width(txt, pictureSize(fnt)); err == nil {
			width = vg.Length(pixels) * vg.Inch / dpi
		}
	}
	return width, height, depth
}

// Draw satisfies text.Handler.
func (n names) Draw(c vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	txt = strings.TrimRight(txt, "\n")
	if sty.Rotation != 0 || !n.drawn(txt, sty.Font) {
		n.Handler.Draw(c, txt, sty, pt)
		return
	}
	lines := n.Lines(txt)
	pt.Y += sty.Height(txt)*vg.Length(sty.YAlign) - n.Extents(sty.Font).Ascent
	for i, line := range lines {
		col := sty.Color
		if col == nil {
			col = color.Black
		}
		m, baseline, err := n.fonts.picture(line, pictureSize(sty.Font), col)
		if err != nil {
			continue // the font was found by drawn
		}
		size := m.Bounds().Size()
		width, height := vg.Length(size.X)*vg.Inch/dpi, vg.Length(size.Y)*vg.Inch/dpi
		low := vg.Point{
			X: pt.X + vg.Length(sty.XAlign)*width,
			Y: pt.Y + vg.Length(len(lines)-i)*sty.Font.Size + vg.Length(baseline-size.Y)*vg.Inch/dpi,
		}
		c.DrawImage(vg.Rectangle{Min: low, Max: low.Add(vg.Point{X: width, Y: height})}, m)
	}
}
