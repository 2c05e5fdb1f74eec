package plot

import (
	"fmt"
	"image"

	"github.com/pkg/errors"
)

// AttentionMap draws attention weights α<t, t'>, a row for each word written and
// a column for each word read, with the words on both axes: the darker a cell,
// the more the one attends to the other.
//
// Source: cheatsheet §2.7; arXiv:1409.0473, figure 3.
func AttentionMap(title string, alpha [][]float64, read, written []string) (image.Image, error) {
	if len(alpha) == 0 || len(alpha) != len(written) || len(read) == 0 {
		return nil, errors.Errorf("attention map: %d rows, expected one for each of %d words written, %d read", len(alpha), len(written), len(read))
	}
	for i, row := range alpha {
		if len(row) != len(read) {
			return nil, errors.Errorf("attention map: row %d has %d weights, expected one for each of %d words", i, len(row), len(read))
		}
		for _, v := range row {
			if !(v >= 0 && v <= 1+1e-3) { // rounding of a softmax
				return nil, errors.Errorf("attention map: weight %g in row %d, expected 0 to 1", v, i)
			}
		}
	}
	img, err := drawAttention(title, alpha, read, written)
	return img, errors.Wrap(err, "attention map")
}

func drawAttention(title string, alpha [][]float64, read, written []string) (image.Image, error) {
	const cell, font, most = 40, 20, 320 // pixels
	fonts := faces{}
	beside, err := fonts.widest(written, font)
	if err != nil {
		return nil, err
	}
	above, err := fonts.widest(read, font)
	if err != nil {
		return nil, err
	}
	wide, err := fonts.width(title, titleFont)
	if err != nil {
		return nil, err
	}
	above = min(above, most) + 12
	origin := image.Pt(border+min(beside, most)+12, border+above)
	if title != "" {
		origin.Y += titleFont + 20
	}
	width := max(origin.X+cell*len(read), min(wide, maxTitle)+border) + border
	c, err := newCanvas(width, origin.Y+cell*len(written)+border)
	if err != nil {
		return nil, err
	}
	if err := c.text(image.Rect(border, border, width-border, border+titleFont+8), center, titleFont, ink(), title); err != nil {
		return nil, err
	}
	for col, word := range read {
		x := origin.X + col*cell
		if err := c.upText(image.Rect(x, origin.Y-above, x+cell, origin.Y-6), left, font, ink(), word); err != nil {
			return nil, err
		}
	}
	for row, word := range written {
		y := origin.Y + row*cell
		if err := c.text(image.Rect(border, y, origin.X-6, y+cell), right, font, ink(), word); err != nil {
			return nil, err
		}
		for col, v := range alpha[row] {
			at := image.Rect(0, 0, cell-1, cell-1).Add(image.Pt(origin.X+col*cell, y))
			c.fill(at, shade(min(v, 1), seriesColor(0)))
			if v < 0.095 {
				continue
			}
			digits := ink()
			if v > 0.55 {
				digits = shade(0, ink())
			}
			if err := c.text(at, center, 15, digits, fmt.Sprintf("%.1f", v)); err != nil {
				return nil, err
			}
		}
	}
	return c.RGBA, nil
}
