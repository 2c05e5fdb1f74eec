package image

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/pkg/errors"
)

// Sides of a digit in MNIST's form, pixels: the picture, the box that the ink fills.
const (
	digitSide = 28
	digitBox  = 20
)

// Digit brings a drawn or photographed digit into the form of MNIST, [1, 28, 28]: light ink on black,
// scaled with its proportions kept into a box of 20×20, placed so that the ink's centre of mass is the middle.
//
// The background is the median of the border; a light one turns the picture into its negative. What differs
// from the background by less than a fifth of the strongest ink counts as background. A picture without
// ink is an error.
//
// Source: Y. LeCun, "The MNIST database of handwritten digits".
func Digit(p *Picture) (*Picture, error) {
	if err := p.check(); err != nil {
		return nil, errors.Wrap(err, "digit")
	}
	ink, err := separateInk(p.Gray())
	if err != nil {
		return nil, errors.Wrap(err, "digit")
	}
	part, err := cropToInk(ink)
	if err != nil {
		return nil, errors.Wrap(err, "digit")
	}
	scale := float64(digitBox) / float64(max(part.H, part.W))
	h := max(1, int(math.Round(scale*float64(part.H))))
	w := max(1, int(math.Round(scale*float64(part.W))))
	if part, err = augment.Resize(part, h, w, augment.BilinearSmooth); err != nil {
		return nil, errors.Wrap(err, "digit")
	}
	return centerMass(part), nil
}

// separateInk returns how much each pixel differs from the background, from 0 to 1.
func separateInk(g *Picture) (augment.Image[float32], error) {
	background := borderMedian(g)
	sign := float32(1)
	if background > 0.5 {
		sign = -1
	}
	ink := augment.NewImage[float32](1, g.Height, g.Width)
	strongest := float32(0)
	for i, v := range g.Pix {
		ink.Pix[i] = max(0, sign*(v-background))
		strongest = max(strongest, ink.Pix[i])
	}
	if strongest < 0.1 { // less than noise of a camera
		return ink, errors.Errorf("found no ink in a picture of %d×%d", g.Height, g.Width)
	}
	const share = 0.2
	for i, v := range ink.Pix {
		ink.Pix[i] = v / strongest
		if ink.Pix[i] < share {
			ink.Pix[i] = 0
		}
	}
	return ink, nil
}

func borderMedian(g *Picture) float32 {
	var border []float32
	for y := range g.Height {
		for x := range g.Width {
			if y == 0 || x == 0 || y == g.Height-1 || x == g.Width-1 {
				border = append(border, g.Pix[y*g.Width+x])
			}
		}
	}
	slices.Sort(border)
	return border[len(border)/2]
}

func cropToInk(m augment.Image[float32]) (augment.Image[float32], error) {
	top, left, bottom, right := m.H, m.W, -1, -1
	for y := range m.H {
		for x := range m.W {
			if m.Pix[y*m.W+x] > 0 {
				top, left, bottom, right = min(top, y), min(left, x), max(bottom, y), max(right, x)
			}
		}
	}
	return augment.Crop(m, top, left, bottom-top+1, right-left+1)
}

// centerMass puts m into the middle of a digit picture by its centre of mass.
func centerMass(m augment.Image[float32]) *Picture {
	var mass, my, mx float64
	for y := range m.H {
		for x := range m.W {
			v := float64(m.Pix[y*m.W+x])
			mass += v
			my += v * float64(y)
			mx += v * float64(x)
		}
	}
	const middle = digitSide / 2 // MNIST's centre of mass lies on pixel 14 within rounding
	top := min(max(int(math.Round(middle-my/mass)), 0), digitSide-m.H)
	left := min(max(int(math.Round(middle-mx/mass)), 0), digitSide-m.W)
	out := &Picture{Pix: make([]float32, digitSide*digitSide), Channels: 1, Height: digitSide, Width: digitSide}
	for y := range m.H {
		copy(out.Pix[(top+y)*digitSide+left:], m.Pix[y*m.W:(y+1)*m.W])
	}
	return out
}
