package box

import (
	"math"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/pkg/errors"
)

// FlipHorizontal returns the objects of the picture whose columns were reversed.
func FlipHorizontal(objects []Object, width float64) []Object {
	out := append([]Object(nil), objects...)
	for i, o := range objects {
		out[i].Box.X1, out[i].Box.X2 = width-o.Box.X2, width-o.Box.X1
	}
	return out
}

// FlipVertical returns the objects of the picture whose rows were reversed.
func FlipVertical(objects []Object, height float64) []Object {
	out := append([]Object(nil), objects...)
	for i, o := range objects {
		out[i].Box.Y1, out[i].Box.Y2 = height-o.Box.Y2, height-o.Box.Y1
	}
	return out
}

// Resize returns the objects of the picture whose width, height were multiplied by sx, sy.
func Resize(objects []Object, sx, sy float64) []Object {
	out := append([]Object(nil), objects...)
	for i, o := range objects {
		out[i].Box, out[i].Area = o.Box.Scale(sx, sy), o.Area*sx*sy
	}
	return out
}

// Crop returns the objects of the part of a picture, counted from the part's corner. A box is cut to the
// part; one of which less than the share visible in [0, 1] is left, or nothing, goes. Of crowds all that is left stays.
func Crop(objects []Object, part Box, visible float64) []Object {
	var out []Object
	for _, o := range objects {
		b := o.Box.Shift(-part.X1, -part.Y1)
		cut := b.Clip(part.X2-part.X1, part.Y2-part.Y1)
		if !cut.Valid() || cut.Area() < visible*b.Area() && !o.Crowd {
			continue
		}
		if cut != b {
			o.Area *= cut.Area() / b.Area()
		}
		o.Truncated = o.Truncated || cut != b
		o.Box = cut
		out = append(out, o)
	}
	return out
}

// Augmentation moves pictures with their boxes at random: mirrored with the probabilities FlipX, FlipY;
// magnified by a factor e^u, u uniform in ±log(1 + Scale); shifted by up to ±Shift of each side. What comes
// from outside repeats the border. A box of which less than MinVisible is left goes; 0 means 0.4.
//
// Source: cheatsheet §3.1 (flip, random crop), for detection as in arXiv:1506.02640 §2.2.
type Augmentation struct {
	Seed         uint64
	FlipX, FlipY float64
	Scale, Shift float64
	MinVisible   float64
}

// Apply changes the picture x [C, H, W] in place; it returns the objects, boxes as shares of the picture, that
// are still in it. What happens is a function of the seed, epoch, index alone.
func (a Augmentation) Apply(x augment.Image[float32], objects []Object, epoch, index int) ([]Object, error) {
	if err := a.Pixels(x, epoch, index); err != nil {
		return nil, err
	}
	return a.Objects(objects, epoch, index), nil
}

// Check tells whether the settings make sense.
func (a Augmentation) Check() error {
	for _, v := range []float64{a.FlipX, a.FlipY, a.Shift, a.MinVisible} {
		if !(v >= 0 && v <= 1) {
			return errors.Errorf("box augmentation %+v: expected probabilities, shares in 0 to 1", a)
		}
	}
	if !(a.Scale >= 0 && a.Scale <= 10) {
		return errors.Errorf("box augmentation: scale: found %v, expected 0 to 10", a.Scale)
	}
	return nil
}

// Pixels is the part of Apply that changes the picture x [C, H, W].
func (a Augmentation) Pixels(x augment.Image[float32], epoch, index int) error {
	if err := a.Check(); err != nil {
		return err
	}
	m := a.move(epoch, index)
	w, h := float64(x.W), float64(x.H)
	share := augment.Affine{A: 1 / m.kx, C: 0.5 - (0.5+m.tx)/m.kx, E: 1 / m.ky, F: 0.5 - (0.5+m.ty)/m.ky}
	y, err := augment.Warp(x, augment.Affine{
		A: share.A, C: (0.5*share.A + share.C*w) - 0.5, // pixel c has its middle at (c + ½)/w
		E: share.E, F: (0.5*share.E + share.F*h) - 0.5,
	}, true)
	if err != nil {
		return errors.Wrap(err, "box augmentation")
	}
	copy(x.Pix, y.Pix)
	return nil
}

// Objects is the part of Apply that moves the objects, boxes as shares of the picture.
func (a Augmentation) Objects(objects []Object, epoch, index int) []Object {
	m := a.move(epoch, index)
	moved := make([]Object, len(objects))
	for i, o := range objects {
		x1, x2 := (o.Box.X1-0.5)*m.kx+0.5+m.tx, (o.Box.X2-0.5)*m.kx+0.5+m.tx
		y1, y2 := (o.Box.Y1-0.5)*m.ky+0.5+m.ty, (o.Box.Y2-0.5)*m.ky+0.5+m.ty
		moved[i] = o
		moved[i].Box = Box{X1: min(x1, x2), Y1: min(y1, y2), X2: max(x1, x2), Y2: max(y1, y2)}
	}
	visible := a.MinVisible
	if visible == 0 {
		visible = 0.4
	}
	return Crop(moved, Box{X2: 1, Y2: 1}, visible)
}

// move is out = (in − ½)·k + ½ + t, in shares of the picture.
type move struct{ kx, ky, tx, ty float64 }

// move draws what happens to a picture.
func (a Augmentation) move(epoch, index int) move {
	r := augment.Source(a.Seed, epoch, index)
	sx, sy := 1.0, 1.0
	if r.Float64() < a.FlipX {
		sx = -1
	}
	if r.Float64() < a.FlipY {
		sy = -1
	}
	zoom := math.Exp((2*r.Float64() - 1) * math.Log1p(a.Scale))
	return move{sx * zoom, sy * zoom, a.Shift * (2*r.Float64() - 1), a.Shift * (2*r.Float64() - 1)}
}
