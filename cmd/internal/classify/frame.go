package classify

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/zoo/card"
)

// frame decides how pictures of another size are brought to that of the inputs,
// where --set frame does not: those of handwritten digits as MNIST's are, others
// by their middle. examples are those of the training part, nil where they are
// not at hand.
func frame(s run.Settings, in *card.Input, examples datasets.Dataset) error {
	if in.Fit != "" {
		return nil
	}
	in.Fit = card.Crop
	if datasets.Size(in.Shape) != 28*28 {
		return nil
	}
	switch s.Data {
	case "digits", "mnist":
		in.Fit = card.Digit
	case "idx":
		digits, err := framedAsDigits(examples)
		if err != nil {
			return err
		}
		if digits {
			in.Fit = card.Digit
		}
	}
	return nil
}

// framedAsDigits reports whether pictures of 28×28 are framed as MNIST's digits:
// light ink on black, in a box of about 20×20, its centre of mass about the
// middle. It asks for nine in ten of the first ones.
func framedAsDigits(d datasets.Dataset) (bool, error) {
	if d == nil || len(d.Shape()) != 3 {
		return false, nil
	}
	const side, most = 28, 200
	n := min(most, d.Len())
	x := make([]float32, side*side)
	framed := 0
	for i := range n {
		if _, err := d.At(i, x); err != nil {
			return false, err
		}
		ink := slices.Max(x) * 0.2
		var mass, my, mx float64
		top, left, bottom, right := side, side, -1, -1
		for k, v := range x {
			if v <= ink {
				continue
			}
			r, c := k/side, k%side
			mass, my, mx = mass+float64(v), my+float64(v)*float64(r), mx+float64(v)*float64(c)
			top, left, bottom, right = min(top, r), min(left, c), max(bottom, r), max(right, c)
		}
		const box, off, middle = 24, 3, side / 2
		if mass > 0 && bottom-top < box && right-left < box && math.Abs(my/mass-middle) <= off && math.Abs(mx/mass-middle) <= off {
			framed++
		}
	}
	return n > 0 && 10*framed >= 9*n, nil
}
